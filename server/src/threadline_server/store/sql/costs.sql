-- cost_totals: what the chosen sessions cost, in all and by interval
SELECT
    count() AS all_session_count,
    sum(trace_count) AS all_trace_count,
    sum(generation_count) AS all_generation_count,
    sum(prompt_tokens) AS all_prompt_tokens,
    sum(completion_tokens) AS all_completion_tokens,
    sum(cached_tokens) AS all_cached_tokens,
    sum(reasoning_tokens) AS all_reasoning_tokens,
    sum(total_tokens) AS all_total_tokens,
    sum(cost) AS all_cost,
    arraySort(groupUniqArrayArray(unpriced_models)) AS all_unpriced_models,
    /*bucket{*/toInt64(0)/*}*/ AS bucket,
    grouping(bucket) AS is_all
FROM sessions FINAL
WHERE project_id = {project_id:UInt32} /*where*/
GROUP BY bucket WITH ROLLUP
ORDER BY is_all DESC, bucket

-- cost_groups: the groups that cost most, and how many there are
SELECT key, sum(own_cost) AS group_cost, count() OVER () AS group_count
FROM
(
    SELECT /*keys{*/['']/*}*/ AS keys, /*costs{*/[cost]/*}*/ AS costs
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} /*where*/
)
ARRAY JOIN keys AS key, costs AS own_cost
GROUP BY key
ORDER BY group_cost DESC, key
LIMIT {limit:UInt32}

-- cost_figures: what the groups cost, in all and by interval; an entry is a place, traces, calls, failures, tokens and cost
SELECT
    entry.1 AS place,
    countIf(nth = 1) AS all_session_count,
    sum(entry.2) AS all_trace_count,
    sum(entry.3) AS all_call_count,
    sum(entry.4) AS all_error_count,
    sum(entry.5) AS all_total_tokens,
    sum(entry.6) AS all_cost,
    arraySort(groupUniqArrayArrayIf(unpriced_models, /*leaves_out{*/true/*}*/)) AS all_unpriced_models,
    bucket,
    grouping(bucket) AS is_all,
    grouping(place) AS is_sum
FROM
(
    SELECT
        /*entries{*/[(transform('', {shown:Array(String)}, {shown_places:Array(UInt16)}, toUInt16(0)), trace_count, toUInt64(0), error_count, total_tokens, cost)]/*}*/ AS entries,
        unpriced_models,
        arrayEnumerateUniq(arrayMap(entry -> entry.1, entries)) AS nths,
        /*bucket{*/toInt64(0)/*}*/ AS bucket
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} /*where*/
)
ARRAY JOIN entries AS entry, nths AS nth
GROUP BY place, bucket WITH ROLLUP
HAVING NOT is_sum
ORDER BY place, is_all DESC, bucket

-- top_sessions: the sessions that cost most
SELECT session_id, title, user_id, trace_count, total_tokens, cost, toUnixTimestamp64Milli(start_time) AS start_ms
FROM sessions FINAL
WHERE project_id = {project_id:UInt32} AND cost > 0 /*where*/
ORDER BY cost DESC, session_id
LIMIT {limit:UInt32}

-- top_users: the users whose sessions cost most; a session of two users is each one's
SELECT user_id, count() AS session_count, sum(own_tokens) AS all_total_tokens, sum(own_cost) AS all_cost
FROM
(
    SELECT arrayJoin(user_ids) AS user_id, total_tokens AS own_tokens, cost AS own_cost
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} AND cost > 0 /*where*/
)
GROUP BY user_id
ORDER BY all_cost DESC, user_id
LIMIT {limit:UInt32}

-- sessions_of_top_traces: the sessions with the traces that cost most: as many as traces are asked for hold them all
SELECT session_id, arrayMax(step_costs) AS most, trace_hours
FROM sessions FINAL
WHERE project_id = {project_id:UInt32} AND cost > 0 /*where*/
ORDER BY most DESC, session_id
LIMIT {limit:UInt32}

-- top_traces: the traces of some sessions that cost most
SELECT session_id, trace_id, name, total_tokens, cost, toUnixTimestamp64Milli(start_time) AS start_ms
FROM traces FINAL
WHERE /*=is_in_these_sessions*/ AND cost > 0
ORDER BY cost DESC, session_id, trace_id
LIMIT {limit:UInt32}

-- cost_days: what the sessions cost that began on each day
SELECT /*bucket{*/toInt64(0)/*}*/ AS bucket, count() AS session_count, sum(cost) AS day_cost
FROM sessions FINAL
WHERE project_id = {project_id:UInt32} /*where*/
GROUP BY bucket
ORDER BY bucket

-- day_drivers: what costs most on some days, of each kind
SELECT bucket, driver.1 AS kind, driver.2 AS key, sum(driver.3) AS day_cost
FROM
(
    SELECT /*bucket{*/toInt64(0)/*}*/ AS bucket, /*drivers{*/[(toUInt8(0), '', cost)]/*}*/ AS drivers
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} AND has({days:Array(Int64)}, bucket) /*where*/
)
ARRAY JOIN drivers AS driver
GROUP BY bucket, kind, key
ORDER BY day_cost DESC, key
LIMIT {limit:UInt32} BY bucket, kind

-- driver_days: what some of them cost, day by day
SELECT bucket, driver.1 AS kind, driver.2 AS key, sum(driver.3) AS day_cost
FROM
(
    SELECT /*bucket{*/toInt64(0)/*}*/ AS bucket, /*drivers{*/[(toUInt8(0), '', cost)]/*}*/ AS drivers
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} /*where*/
)
ARRAY JOIN drivers AS driver
WHERE driver.2 IN {keys:Array(String)}
GROUP BY bucket, kind, key
