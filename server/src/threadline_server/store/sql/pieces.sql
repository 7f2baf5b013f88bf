-- active_ms: a session's duration without the pauses longer than the idle time
toUInt64(duration_ms - arraySum(pause -> if(pause > {idle_ms:Int64}, pause, 0), pauses_ms))

-- is_of_erased_trace: whether a row is of a trace that was erased; the digest is that of store/erasures.py
lower(hex(SHA256(concat(toString(project_id), '\0trace\0', trace_id)))) IN
    (SELECT digest FROM erasures WHERE project_id = {project_id:UInt32} AND kind = 'trace')

-- is_of_erased_session: the same for sessions
lower(hex(SHA256(concat(toString(project_id), '\0session\0', session_id)))) IN
    (SELECT digest FROM erasures WHERE project_id = {project_id:UInt32} AND kind = 'session')

-- was_said_of_erased: whether a score or comment is of such a trace or, and of before the erasure, of such a session
if(trace_id = '', version <= {erased_ns:Int64} AND /*=is_of_erased_session*/, /*=is_of_erased_trace*/)

-- is_said_of_these: whether a score or comment is of one of these sessions or traces
((trace_id = '' AND session_id IN {session_ids:Array(String)}) OR (trace_id != '' AND trace_id IN {trace_ids:Array(String)}))

-- traces_of_these_sessions: in which of these sessions their traces are
(
    SELECT trace_id, session_id
    FROM traces FINAL
    WHERE project_id = {project_id:UInt32} AND hour IN {hours:Array(UInt32)} AND session_id IN {session_ids:Array(String)}
)

-- is_one_of_these_sessions: by the key of sessions, which begins with the day on which one began
(day, session_id) IN
    (SELECT day, session_id FROM session_keys WHERE project_id = {project_id:UInt32} AND session_id IN {session_ids:Array(String)})
