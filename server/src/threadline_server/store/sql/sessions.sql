-- session_page: the ids of one page of sessions, in order
SELECT session_id, toString(/*sort{*/toUnixTimestamp64Nano(end_time)/*}*/) AS sort_value
FROM sessions FINAL
WHERE project_id = {project_id:UInt32} /*where*/
ORDER BY /*order{*/toUnixTimestamp64Nano(end_time) DESC, session_id DESC/*}*/
LIMIT {limit:UInt32}

-- sessions_by_id: these sessions, each in one piece, and what depends on the project's settings and the moment
-- (By PREWHERE the other columns of a granule's other rows are not read; with FINAL the engine does not do so by itself. Right for
-- columns of the key only.)
SELECT
    session_id,
    shown,
    /*boundaries{*/duration_ms AS active_ms, toUInt32(1) AS segments, '' AS status/*}*/,
    /*goals{*/CAST([], 'Array(Bool)')/*}*/ AS goals_reached,
    toUnixTimestamp64Milli(start_time) AS start_ms,
    toUnixTimestamp64Milli(end_time) AS end_ms
FROM sessions FINAL
PREWHERE /*=is_one_of_these_sessions*/
WHERE project_id = {project_id:UInt32}
