-- loose_of: whose traces these were, among those for which sessions are made
-- (PREWHERE as in sessions_by_id: right for columns of the key only.)
SELECT trace_id, user_id
FROM loose_traces FINAL
PREWHERE trace_id IN {trace_ids:Array(String)}
WHERE project_id = {project_id:UInt32}

-- auto_sessions: the traces of these users whose automatic session is another than the last round wrote
-- A stretch of activity ends where nothing of the user runs for longer than the idle time; its first trace names it.
WITH
    loose AS
    (
        SELECT user_id, trace_id, start_ns, end_ms, session_id
        FROM loose_traces FINAL
        WHERE project_id = {project_id:UInt32} AND user_id IN {user_ids:Array(String)} AND trace_id NOT IN {fresh_or_gone:Array(String)}
        UNION ALL
        SELECT fresh.1 AS user_id, fresh.2 AS trace_id, fresh.3 AS start_ns, fresh.4 AS end_ms, '' AS session_id
        FROM (SELECT arrayJoin(arrayZip({users:Array(String)}, {traces:Array(String)}, {starts_ns:Array(Int64)}, {ends_ms:Array(Int64)})) AS fresh)
    ),
    paused AS
    (
        SELECT
            *,
            max(end_ms) OVER (PARTITION BY user_id ORDER BY start_ns, trace_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until_ms,
            intDiv(start_ns, 1000000) - busy_until_ms > {idle_ms:Int64} AS begins
        FROM loose
    ),
    numbered AS
    (
        SELECT *, sum(begins) OVER (PARTITION BY user_id ORDER BY start_ns, trace_id ROWS UNBOUNDED PRECEDING) AS stretch
        FROM paused
    ),
    named AS
    (
        SELECT
            trace_id, user_id, session_id,
            concat('auto:', first_value(trace_id) OVER (PARTITION BY user_id, stretch ORDER BY start_ns, trace_id)) AS auto_id
        FROM numbered
    )
SELECT trace_id, user_id, auto_id
FROM named
WHERE auto_id != session_id

-- said_of_traces: what was said of automatic sessions that these traces began once, by the session in which each trace is now
SELECT concat('auto:', trace_id) AS said_of, session_id
FROM traces FINAL
WHERE /*=is_in_these_sessions*/ AND said_of IN
(
    SELECT session_id FROM session_facts WHERE project_id = {project_id:UInt32} AND startsWith(session_id, 'auto:')
    UNION ALL
    SELECT session_id FROM scores WHERE project_id = {project_id:UInt32} AND trace_id = '' AND startsWith(session_id, 'auto:')
    UNION ALL
    SELECT session_id FROM comments WHERE project_id = {project_id:UInt32} AND trace_id = '' AND startsWith(session_id, 'auto:')
)
ORDER BY said_of

-- said_among: under which of these ids something was said
SELECT DISTINCT session_id
FROM session_facts
WHERE project_id = {project_id:UInt32} AND session_id IN {session_ids:Array(String)}
UNION DISTINCT
SELECT DISTINCT session_id
FROM scores
WHERE project_id = {project_id:UInt32} AND trace_id = '' AND session_id IN {session_ids:Array(String)}
UNION DISTINCT
SELECT DISTINCT session_id
FROM comments
WHERE project_id = {project_id:UInt32} AND trace_id = '' AND session_id IN {session_ids:Array(String)}

-- auto_hours: the hours in which there are traces with a session of that kind, or that should have one, and how many
SELECT hour, count() AS traces
FROM traces FINAL
WHERE project_id = {project_id:UInt32} AND ((session_id = '' AND user_id != '') OR startsWith(session_id, 'auto:'))
GROUP BY hour
ORDER BY hour

-- auto_traces: those traces of some hours
SELECT trace_id, span_hours
FROM traces FINAL
WHERE project_id = {project_id:UInt32} AND hour IN {hours:Array(UInt32)}
  AND ((session_id = '' AND user_id != '') OR startsWith(session_id, 'auto:'))
ORDER BY trace_id
