-- facts_of: what was said last of a session, under all of its ids, each with the moment at which it was said
-- Without FINAL, which hides what was taken back: that, too, may be the last thing said.
SELECT field, argMax(facts.value, facts.version) AS value, toString(max(facts.version)) AS said_ns
FROM session_facts AS facts
WHERE project_id = {project_id:UInt32} AND session_id IN {session_ids:Array(String)}
GROUP BY field
HAVING argMax(facts.is_deleted, facts.version) = 0
ORDER BY field

-- given_scores: the scores of these traces, or of sessions themselves, as they were given
SELECT
    score_id, trace_id, span_id, name, kind, value, label, comment, source,
    toUnixTimestamp64Milli(time) AS time_ms, toString(version) AS said_ns
FROM scores FINAL
WHERE project_id = {project_id:UInt32}
  AND /*=is_said_of_these*/
ORDER BY trace_id, time, score_id

-- given_comments: the comments on these sessions and traces as they were written
SELECT comment_id, trace_id, span_id, author, body, toString(version) AS said_ns
FROM comments FINAL
WHERE project_id = {project_id:UInt32}
  AND /*=is_said_of_these*/
ORDER BY version, comment_id

-- known_traces: those of these traces that are there
SELECT trace_id
FROM trace_keys FINAL
WHERE project_id = {project_id:UInt32} AND trace_id IN {trace_ids:Array(String)}
