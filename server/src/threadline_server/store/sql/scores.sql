-- said_count: whether anything was ever said of a project's sessions, judged, or commented on
SELECT
    (SELECT count() FROM session_facts WHERE project_id = {project_id:UInt32}) AS facts,
    (SELECT count() FROM scores WHERE project_id = {project_id:UInt32}) AS scores,
    (SELECT count() FROM comments WHERE project_id = {project_id:UInt32}) AS comments

-- session_scores: the scores of these sessions and of their traces, by name
SELECT session_id, name, count() AS times, avg(value) AS mean, arraySort(groupUniqArrayIf(label, label != '')) AS labels
FROM
(
    SELECT transform(scores.session_id, {said_of:Array(String)}, {said_now:Array(String)}, scores.session_id) AS session_id, name, value, label
    FROM scores FINAL
    WHERE project_id = {project_id:UInt32} AND trace_id = ''
      AND scores.session_id IN arrayConcat({session_ids:Array(String)}, {said_of:Array(String)})
    UNION ALL
    SELECT place.session_id AS session_id, judged.name AS name, judged.value AS value, judged.label AS label
    FROM
    (
        SELECT trace_id, name, value, label
        FROM scores FINAL
        WHERE project_id = {project_id:UInt32} AND trace_id != ''
    ) AS judged
    INNER JOIN /*=traces_of_these_sessions*/ AS place ON place.trace_id = judged.trace_id
)
GROUP BY session_id, name
ORDER BY session_id, name

-- scores_of: the scores of a session or a trace, each by itself, the latest first
SELECT
    score_id, about, trace_id, session_id, span_id, name, kind, value, label, comment, source, toUnixTimestamp64Milli(time) AS time_ms
FROM scores FINAL
WHERE project_id = {project_id:UInt32}
  AND /*=is_said_of_these*/
ORDER BY time DESC, score_id
LIMIT {limit:UInt32}

-- traces_of_session_ids: the traces of a session
SELECT trace_id
FROM traces FINAL
WHERE project_id = {project_id:UInt32} AND session_id = {session_id:String} AND hour IN {hours:Array(UInt32)}

-- score_place: where a score is
SELECT trace_id, session_id
FROM scores FINAL
WHERE project_id = {project_id:UInt32} AND score_id = {score_id:String}
