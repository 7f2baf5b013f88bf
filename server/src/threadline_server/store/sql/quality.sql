-- refused_in: what was refused in a window, and what its senders were told
SELECT reason, sum(refused) AS refused, anyLast(example) AS example, toInt64(max(minute)) * 60000 AS last_ms
FROM refusals
WHERE project_id = {project_id:UInt32} AND minute >= {first_minute:UInt32} AND minute <= {last_minute:UInt32}
GROUP BY reason
ORDER BY refused DESC, reason

-- dropped_in: what clients dropped in a window, as they report it
SELECT
    reason, sum(spans) AS dropped, toInt64(max(minute)) * 60000 AS last_ms,
    arraySort(groupUniqArrayIf(5)(service, service != '')) AS services
FROM client_drops FINAL
WHERE project_id = {project_id:UInt32} AND minute >= {first_minute:UInt32} AND minute <= {last_minute:UInt32}
GROUP BY reason
ORDER BY dropped DESC, reason

-- traces_in: the traces that begin in a window, and how many of them are of no session
SELECT
    count() AS traces, countIf(session_id = '') AS sessionless
FROM traces FINAL
WHERE project_id = {project_id:UInt32} AND hour >= {first_hour:UInt32} AND hour <= {last_hour:UInt32}
  AND toUnixTimestamp64Nano(start_time) >= {from_ns:Int64} AND toUnixTimestamp64Nano(start_time) < {to_ns:Int64}

-- sessionless_traces: the newest traces of a window that are of no session
SELECT trace_id, name, toUnixTimestamp64Milli(start_time) AS start_ms, span_hours
FROM traces FINAL
WHERE project_id = {project_id:UInt32} AND hour >= {first_hour:UInt32} AND hour <= {last_hour:UInt32}
  AND toUnixTimestamp64Nano(start_time) >= {from_ns:Int64} AND toUnixTimestamp64Nano(start_time) < {to_ns:Int64}
  AND session_id = ''
ORDER BY start_time DESC, trace_id
LIMIT {limit:UInt32}

-- senders_of: who sent these traces
SELECT service, scope, dialect, uniqExact(trace_id) AS traces
FROM spans
WHERE project_id = {project_id:UInt32} AND hour IN {hours:Array(UInt32)} AND trace_id IN {trace_ids:Array(String)}
GROUP BY service, scope, dialect
ORDER BY traces DESC, service, scope, dialect
LIMIT {limit:UInt32}

-- unpriced_in: models without a price in the traces of a window
SELECT model, count() AS traces
FROM
(
    SELECT arrayJoin(unpriced_models) AS model
    FROM traces FINAL
    WHERE project_id = {project_id:UInt32} AND hour >= {first_hour:UInt32} AND hour <= {last_hour:UInt32}
      AND toUnixTimestamp64Nano(start_time) >= {from_ns:Int64} AND toUnixTimestamp64Nano(start_time) < {to_ns:Int64}
)
GROUP BY model
ORDER BY traces DESC, model
LIMIT {limit:UInt32}

-- lone_sessions: the sessions that a window overlaps, and those of one trace with one model call
SELECT
    count() AS sessions, countIf(trace_count = 1 AND generation_count = 1) AS lone,
    groupArrayIf(5)(session_id, trace_count = 1 AND generation_count = 1) AS examples
FROM sessions FINAL
WHERE project_id = {project_id:UInt32}
  AND toUnixTimestamp64Nano(end_time) >= {from_ns:Int64} AND toUnixTimestamp64Nano(start_time) < {to_ns:Int64}

-- last_trace: when anything last began, in all time
SELECT max(hour) AS hour, count() AS traces
FROM traces
WHERE project_id = {project_id:UInt32} AND is_deleted = 0

-- senders_in: who sent what arrived in a window, of its newest spans
SELECT
    service, scope, dialect, count() AS spans, uniqExact(trace_id) AS traces, countIf(kind = 'generation') AS generations,
    countIf(session_id != '') AS named, toInt64(intDiv(max(received_ns), 1000000)) AS last_ms
FROM
(
    SELECT trace_id, span_id, received_ns, service, scope, dialect, kind, session_id
    FROM spans
    WHERE project_id = {project_id:UInt32} AND received_ns >= {from_ns:Int64} AND received_ns < {to_ns:Int64}
    ORDER BY project_id DESC, hour DESC
    LIMIT {sample:UInt32}
)
GROUP BY service, scope, dialect
ORDER BY spans DESC, service, scope, dialect
LIMIT {limit:UInt32}

-- clocks_in: how far the times of what arrived in a window are from its arrival, of its newest spans
SELECT
    count() AS spans,
    countIf(ahead_ms > {ahead_ms:Int64}) AS early, max(ahead_ms) AS most_ahead_ms, argMax(trace_id, ahead_ms) AS early_trace,
    countIf(behind_ms > {behind_ms:Int64}) AS late, max(behind_ms) AS most_behind_ms, argMax(trace_id, behind_ms) AS late_trace,
    toInt64(intDiv(max(received_ns), 1000000)) AS last_ms
FROM
(
    SELECT
        trace_id, received_ns,
        intDiv(toUnixTimestamp64Nano(start_time) - received_ns, 1000000) AS ahead_ms,
        intDiv(received_ns - toUnixTimestamp64Nano(greatest(start_time, end_time)), 1000000) AS behind_ms
    FROM spans
    WHERE project_id = {project_id:UInt32} AND received_ns >= {from_ns:Int64} AND received_ns < {to_ns:Int64}
    ORDER BY project_id DESC, hour DESC
    LIMIT {sample:UInt32}
)

-- strangers_in: spans of no known dialect in traces of which no span has one, of the newest that arrived in a window
SELECT
    count() AS spans, uniqExact(trace_id) AS traces,
    groupArray(10)(trace_id) AS trace_ids, groupArray(10)(span_id) AS span_ids, groupArray(10)(hour) AS hours
FROM
(
    SELECT trace_id, span_id, hour, max(dialect != '') OVER (PARTITION BY trace_id) AS is_understood
    FROM
    (
        SELECT trace_id, span_id, hour, dialect
        FROM spans
        WHERE project_id = {project_id:UInt32} AND received_ns >= {from_ns:Int64} AND received_ns < {to_ns:Int64}
        ORDER BY project_id DESC, hour DESC
        LIMIT {sample:UInt32}
    )
    LIMIT 1 BY trace_id, span_id
)
WHERE NOT is_understood

-- attribute_names: what these spans say, by the names only
SELECT
    trace_id, span_id, name, service, scope, arraySlice(JSONExtractKeys(attributes), 1, 60) AS names,
    arraySlice(arrayDistinct(arrayMap(event -> JSONExtractString(event, 'name'), JSONExtractArrayRaw(events))), 1, 20) AS event_names
FROM spans
WHERE project_id = {project_id:UInt32} AND hour IN {hours:Array(UInt32)} AND trace_id IN {trace_ids:Array(String)}
  AND span_id IN {span_ids:Array(String)}
ORDER BY trace_id, span_id, version DESC
LIMIT 1 BY trace_id, span_id
