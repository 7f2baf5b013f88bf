-- alert_sessions: what rules compare, of these sessions
SELECT
    session_id,
    toFloat64(cost) AS totalCost,
    total_tokens AS totalTokens,
    trace_count AS traceCount,
    duration_ms AS duration,
    /*=active_ms*/ AS activeDuration,
    error_count AS errorCount,
    tool_count AS toolCount,
    arrayMax(arrayPushBack(mapValues(tool_calls), 0)) AS most_calls_of_a_tool,
    ended_ms,
    toUnixTimestamp64Milli(end_time) AS end_ms,
    trace_hours
FROM sessions FINAL
PREWHERE /*=is_one_of_these_sessions*/
WHERE project_id = {project_id:UInt32}

-- alert_tools: of these sessions, the longest run of one call in its last hour, and since when a tool call is open
-- Calls whose arguments are not recorded are no repetition of each other.
WITH
    recent AS
    (
        SELECT trace_id, session_id, span_hours, {ends_ms:Array(Int64)}[indexOf({session_ids:Array(String)}, session_id)] AS session_end_ms
        FROM traces FINAL
        WHERE /*=is_in_these_sessions*/
          AND toUnixTimestamp64Milli(end_time) >= session_end_ms - {look_ms:Int64}
    ),
    calls AS
    (
        SELECT trace_id, span_id, start_time, end_time, name, kind, if(input = '', toUInt64(0), cityHash64(name, input)) AS call
        FROM spans
        WHERE project_id = {project_id:UInt32} AND hour IN (SELECT arrayJoin(span_hours) FROM recent) AND trace_id IN (SELECT trace_id FROM recent)
          AND kind = 'tool'
        ORDER BY version DESC
        LIMIT 1 BY trace_id, span_id
    )
SELECT
    recent.session_id AS session_id,
    arrayMap(x -> x.3, arraySort(x -> (x.1, x.2), groupArrayIf(
        (calls.start_time, calls.span_id, calls.call),
        toUnixTimestamp64Milli(calls.start_time) >= recent.session_end_ms - {loop_ms:Int64}
    ))) AS made,
    arrayMap((call, place) -> call = 0 OR place = 1 OR call != made[place - 1], made, arrayEnumerate(made)) AS differs,
    arrayMax(arrayPushBack(arrayMap(run -> if(run[1] = 0, 0, length(run)), arraySplit((call, other) -> other, made, differs)), 0)) AS sameToolCalls,
    minIf(toUnixTimestamp64Milli(calls.start_time), calls.end_time = toDateTime64(0, 9, 'UTC')) AS open_since_ms
FROM calls
INNER JOIN recent ON recent.trace_id = calls.trace_id
GROUP BY recent.session_id

-- alert_recent: sessions in which something happened lately, the last first
SELECT session_id
FROM sessions FINAL
WHERE project_id = {project_id:UInt32} AND toUnixTimestamp64Milli(end_time) > {since_ms:Int64}
ORDER BY end_time DESC
LIMIT {most:UInt32}

-- alert_window: what all sessions of a window add up to; cost and tokens of the turns that began in it
-- (First the keys of sessions of which any version was in the window, so that the turns of the others are not read.)
SELECT
    count() AS sessionCount,
    countIf(error_count > 0) AS failed,
    countIf(/*reached{*/false/*}*/) AS reached,
    countIf(/*reached{*/false/*}*/ OR NOT /*active{*/false/*}*/) AS closed,
    toFloat64(sum(arraySum((cost, began_ms) -> if(began_ms >= {from_ms:Int64} AND began_ms < {to_ms:Int64}, cost, 0), step_costs, step_start_ms))) AS totalCost,
    sum(arraySum((tokens, began_ms) -> if(began_ms >= {from_ms:Int64} AND began_ms < {to_ms:Int64}, tokens, 0), step_tokens, step_start_ms)) AS totalTokens
FROM sessions FINAL
PREWHERE (day, session_id) IN (
    SELECT day, session_id FROM sessions
    WHERE project_id = {project_id:UInt32}
      AND toUnixTimestamp64Milli(start_time) < {to_ms:Int64} AND toUnixTimestamp64Milli(end_time) >= {from_ms:Int64})
WHERE project_id = {project_id:UInt32}
  AND toUnixTimestamp64Milli(start_time) < {to_ms:Int64} AND toUnixTimestamp64Milli(end_time) >= {from_ms:Int64} /*where*/
