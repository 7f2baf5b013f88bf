-- facts_of: what was said of a session, each with the moment at which it was said
SELECT field, value, toString(version) AS said_ns
FROM session_facts FINAL
WHERE project_id = {project_id:UInt32} AND session_id = {session_id:String}
ORDER BY field

-- given_scores: the scores of these traces, or of a session itself, as they were given
SELECT
    score_id, trace_id, span_id, name, kind, value, label, comment, source,
    toUnixTimestamp64Milli(time) AS time_ms, toString(version) AS said_ns
FROM scores FINAL
WHERE project_id = {project_id:UInt32}
  AND ((trace_id = '' AND session_id = {session_id:String}) OR (trace_id != '' AND trace_id IN {trace_ids:Array(String)}))
ORDER BY trace_id, time, score_id

-- known_traces: those of these traces that are there
SELECT trace_id
FROM trace_keys FINAL
WHERE project_id = {project_id:UInt32} AND trace_id IN {trace_ids:Array(String)}
