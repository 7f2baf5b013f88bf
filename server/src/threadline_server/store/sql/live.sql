-- live_active: sessions in which something happened since a moment, and that were not ended
SELECT session_id, toUnixTimestamp64Milli(end_time) AS end_ms
FROM sessions FINAL
WHERE project_id = {project_id:UInt32} AND ended_ms = 0 AND toUnixTimestamp64Milli(end_time) > {since_ms:Int64}
ORDER BY end_time DESC
LIMIT {most:UInt32}

-- chosen_among: which of these sessions a filter chooses
SELECT session_id
FROM sessions FINAL
PREWHERE /*=is_one_of_these_sessions*/
WHERE project_id = {project_id:UInt32} /*where*/
