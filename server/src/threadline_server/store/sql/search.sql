-- sessions_that_say: sessions of which a turn says something, for use inside other questions; a turn lies in the hour in which it began
SELECT session_id
FROM turn_texts FINAL
WHERE project_id = {project_id:UInt32} AND session_id != ''
  AND hour >= {said_from_hour:UInt32} AND hour <= {said_to_hour:UInt32} /*says*/

-- newest_sessions: the last ones in which something happened: since when that is, in which hours their turns began, and how many they are
SELECT
    count() AS session_count,
    min(toUnixTimestamp64Nano(end_time)) AS since_ns,
    min(arrayMin(trace_hours)) AS first_hour,
    max(arrayMax(trace_hours)) AS last_hour
FROM
(
    SELECT end_time, trace_hours
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} /*where*/
    ORDER BY end_time DESC
    LIMIT {limit:UInt32}
)

-- turns_that_say: of each of these sessions the first turn that says something, and its place among the session's turns
SELECT session_id, place.2 AS trace_id, texts, arrayCount(other -> other <= place, places) AS turn
FROM
(
    SELECT
        session_id,
        minIf((start_time, trace_id), says) AS place,
        argMinIf(said, (start_time, trace_id), says) AS texts,
        groupArray((start_time, trace_id)) AS places
    FROM
    (
        SELECT session_id, trace_id, start_time, said, 1 /*says*/ AS says
        FROM turn_texts FINAL
        PREWHERE hour IN {hours:Array(UInt32)} AND session_id IN {session_ids:Array(String)}
        WHERE project_id = {project_id:UInt32}
    )
    GROUP BY session_id
    HAVING countIf(says) > 0
)

-- field_values: the values of a field that sessions have, those of most sessions first
SELECT value, count() AS session_count
FROM
(
    SELECT arrayJoin(arrayDistinct(/*values{*/tags/*}*/)) AS value
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32}
)
WHERE arrayExists(prefix -> startsWith(lowerUTF8(value), lowerUTF8(prefix)), {prefixes:Array(String)})
GROUP BY value
ORDER BY session_count DESC, value
LIMIT {limit:UInt32}
