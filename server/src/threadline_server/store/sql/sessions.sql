-- session_page: the ids of one page of sessions, in order
SELECT session_id, toString(/*sort{*/toUnixTimestamp64Nano(end_time)/*}*/) AS sort_value
FROM sessions FINAL
WHERE project_id = {project_id:UInt32} /*where*/
ORDER BY /*order{*/toUnixTimestamp64Nano(end_time) DESC, session_id DESC/*}*/
LIMIT {limit:UInt32}

-- sessions_by_id: these sessions
-- (By PREWHERE the other columns of a granule's other rows are not read; with FINAL the engine does not do so by itself. Right for
-- columns of the key only.)
SELECT
    * EXCEPT (
        project_id, version, is_deleted, start_time, end_time, step_names, step_tags, step_metadata, step_start_ms, step_end_ms,
        step_failed, step_tokens, step_costs, step_tools, pauses_ms),
    /*boundaries{*/duration_ms AS active_ms, toUInt32(1) AS segments, '' AS status/*}*/,
    /*goals{*/CAST([], 'Array(Bool)')/*}*/ AS goals_reached,
    toUnixTimestamp64Milli(start_time) AS start_ms,
    toUnixTimestamp64Milli(end_time) AS end_ms
FROM sessions FINAL
PREWHERE /*=is_one_of_these_sessions*/
WHERE project_id = {project_id:UInt32}
