-- live_active: sessions in which something happened since a moment, and that were not ended
SELECT session_id, toUnixTimestamp64Milli(end_time) AS end_ms
FROM sessions FINAL
WHERE project_id = {project_id:UInt32} AND ended_ms = 0 AND toUnixTimestamp64Milli(end_time) > {since_ms:Int64}
ORDER BY end_time DESC
LIMIT {most:UInt32}

-- live_changed: sessions whose rows were written since a moment, by whichever server, the deleted ones included
SELECT session_id, max(sessions.version) AS version
FROM sessions
WHERE project_id = {project_id:UInt32} AND sessions.version > {since_ns:UInt64}
GROUP BY session_id
ORDER BY version DESC
LIMIT 5000

-- chosen_among: which of these sessions a filter chooses
SELECT session_id
FROM sessions FINAL
PREWHERE /*=is_one_of_these_sessions*/
WHERE project_id = {project_id:UInt32} /*where*/
