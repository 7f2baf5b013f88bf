-- traces_of_user: what an erasure of this user takes: the user's own traces, and in sessions of nobody else those that name no user
SELECT trace_id, hour, session_id, span_hours, span_count
FROM traces FINAL
WHERE project_id = {project_id:UInt32}
  AND (user_id = {user_id:String}
    OR (user_id = '' AND session_id IN
        (SELECT session_id FROM sessions FINAL WHERE project_id = {project_id:UInt32} AND user_ids = [{user_id:String}])))

-- traces_of_session: what an erasure of this session takes
SELECT trace_id, hour, session_id, span_hours, span_count
FROM traces FINAL
WHERE project_id = {project_id:UInt32} AND session_id = {session_id:String} AND hour IN {hours:Array(UInt32)}

-- sessions_of_user_alone: those of these sessions that were nobody else's
-- (PREWHERE as in sessions_by_id: right for columns of the key only.)
SELECT session_id
FROM sessions FINAL
PREWHERE /*=is_one_of_these_sessions*/
WHERE project_id = {project_id:UInt32} AND user_ids = [{user_id:String}]

-- erasure_count: whether anything of a project was ever erased
SELECT count() AS erasures
FROM erasures
WHERE project_id = {project_id:UInt32}

-- erased: which of these were erased, and when
SELECT kind, digest, erased_ns
FROM erasures FINAL
WHERE project_id = {project_id:UInt32} AND kind IN ('session', 'trace', 'user') AND digest IN {digests:Array(String)}

-- stretches_of: when whose activity was that of the automatic sessions which these traces are in
-- (PREWHERE as in sessions_by_id: right for columns of the key only.)
SELECT user_id, min(start_ns) AS start_ns, max(end_ms) AS end_ms
FROM loose_traces FINAL
PREWHERE trace_id IN {trace_ids:Array(String)}
WHERE project_id = {project_id:UInt32}
GROUP BY user_id, session_id
ORDER BY user_id, start_ns

-- erased_stretches: what of these users was erased of the time between two moments
SELECT digest, from_ms, until_ms, erased_ns
FROM erased_stretches FINAL
WHERE project_id = {project_id:UInt32} AND digest IN {digests:Array(String)}
  AND from_ms <= {last_ms:Int64} AND until_ms >= {first_ms:Int64}

-- receipt: one erasure
SELECT project_id, erasure_id, kind, digest, erased_ns, done_ns, sessions, traces, spans, hours, until_ns
FROM erasure_receipts FINAL
WHERE project_id = {project_id:UInt32} AND erasure_id = {erasure_id:String}

-- receipts: the latest erasures of a project
SELECT project_id, erasure_id, kind, digest, erased_ns, done_ns, sessions, traces, spans, hours, until_ns
FROM erasure_receipts FINAL
WHERE project_id = {project_id:UInt32}
ORDER BY erased_ns DESC, erasure_id
LIMIT {limit:UInt32}

-- session_total: how many sessions a project has
SELECT count() AS sessions
FROM sessions FINAL
WHERE project_id = {project_id:UInt32}

-- expired_sessions: those in which nothing happened since, the oldest first
SELECT session_id, trace_hours
FROM sessions FINAL
WHERE project_id = {project_id:UInt32} AND end_time < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
ORDER BY end_time, session_id
LIMIT {limit:UInt32}

-- expired_traces: traces of these sessions that ended before a moment; of the empty session id, traces without one
SELECT trace_id, hour, session_id, span_hours, span_count
FROM traces FINAL
WHERE /*=is_in_these_sessions*/
  AND end_time < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
ORDER BY hour, trace_id
LIMIT {limit:UInt32}

-- loose_hours: hours before a moment in which traces without a session begin
SELECT hour, count() AS traces
FROM traces FINAL
WHERE project_id = {project_id:UInt32} AND session_id = '' AND end_time < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
GROUP BY hour
ORDER BY hour

-- receipts_unfinished: erasures whose rows may still be on disk
SELECT project_id, erasure_id, kind, digest, erased_ns, done_ns, sessions, traces, spans, hours, until_ns
FROM erasure_receipts FINAL
WHERE done_ns = 0
ORDER BY erased_ns

-- erase_spans: delete the rows of erased traces that begin in these hours. A mutation is kept as text on disk, so none names an id
ALTER TABLE spans DELETE
WHERE project_id = {project_id:UInt32} AND hour IN {hours:Array(UInt32)} AND /*=is_of_erased_trace*/
SETTINGS mutations_sync = 0

-- erase_traces: the same for the roll-up's rows, and later for their tombstones
-- (Parts are rewritten in any order: a tombstone that goes first would leave what it hides in another part to be seen.)
ALTER TABLE traces DELETE
WHERE project_id = {project_id:UInt32} AND is_deleted = {is_deleted:UInt8} AND hour IN {hours:Array(UInt32)} AND /*=is_of_erased_trace*/
SETTINGS mutations_sync = 0

-- erase_turn_texts: the same for what they said
ALTER TABLE turn_texts DELETE
WHERE project_id = {project_id:UInt32} AND is_deleted = {is_deleted:UInt8} AND hour IN {hours:Array(UInt32)} AND /*=is_of_erased_trace*/
SETTINGS mutations_sync = 0

-- erase_trace_keys: the same for where they were
ALTER TABLE trace_keys DELETE
WHERE project_id = {project_id:UInt32} AND is_deleted = {is_deleted:UInt8} AND /*=is_of_erased_trace*/
SETTINGS mutations_sync = 0

-- erase_span_parts: the same for what was told of their spans piece by piece
ALTER TABLE span_parts DELETE
WHERE project_id = {project_id:UInt32} AND /*=is_of_erased_trace*/
SETTINGS mutations_sync = 0

-- erase_loose_traces: the same for whose they were, where sessions were made for them
ALTER TABLE loose_traces DELETE
WHERE project_id = {project_id:UInt32} AND is_deleted = {is_deleted:UInt8} AND /*=is_of_erased_trace*/
SETTINGS mutations_sync = 0

-- erase_scores: the same for what was judged of them, and of the sessions that are gone
ALTER TABLE scores DELETE
WHERE project_id = {project_id:UInt32} AND is_deleted = {is_deleted:UInt8} AND /*=was_said_of_erased*/
SETTINGS mutations_sync = 0

-- erase_comments: the same for what was written beside them, and beside the sessions that are gone
ALTER TABLE comments DELETE
WHERE project_id = {project_id:UInt32} AND is_deleted = {is_deleted:UInt8} AND /*=was_said_of_erased*/
SETTINGS mutations_sync = 0

-- erase_sessions: the rows of erased sessions, but for those of the same id that began later
ALTER TABLE sessions DELETE
WHERE project_id = {project_id:UInt32} AND is_deleted = {is_deleted:UInt8} AND toUnixTimestamp64Nano(start_time) <= {until_ns:Int64} AND /*=is_of_erased_session*/
SETTINGS mutations_sync = 0

-- erase_session_keys: the same for where they were
ALTER TABLE session_keys DELETE
WHERE project_id = {project_id:UInt32} AND toUnixTimestamp64Nano(start_time) <= {until_ns:Int64} AND /*=is_of_erased_session*/
SETTINGS mutations_sync = 0

-- erase_session_facts: what was said of them
ALTER TABLE session_facts DELETE
WHERE project_id = {project_id:UInt32} AND is_deleted = {is_deleted:UInt8} AND version <= {erased_ns:Int64} AND /*=is_of_erased_session*/
SETTINGS mutations_sync = 0

-- deletions_left: which of these tables the engine still deletes rows from, and what kept it from doing so
SELECT table, any(latest_fail_reason) AS failure
FROM system.mutations
WHERE database = currentDatabase() AND table IN {tables:Array(String)} AND NOT is_done
GROUP BY table
