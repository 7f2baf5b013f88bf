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

-- is_in_these_sessions: whether a row that has the hour of its trace is of one of these sessions
project_id = {project_id:UInt32} AND hour IN {hours:Array(UInt32)} AND session_id IN {session_ids:Array(String)}

-- traces_of_these_sessions: in which of these sessions their traces are
(
    SELECT trace_id, session_id
    FROM traces FINAL
    WHERE /*=is_in_these_sessions*/
)

-- is_one_of_these_sessions: by the key of sessions, which begins with the day on which one began
(day, session_id) IN
    (SELECT day, session_id FROM session_keys WHERE project_id = {project_id:UInt32} AND session_id IN {session_ids:Array(String)})

-- pauses_between: of `stretches` in order, since when nothing ran and when something ran again, where that is more than a minute
arrayFilter(pause -> pause.2 > pause.1 + 60000, arrayZip(
        arrayPopBack(arrayReduceInRanges('max', arrayMap(place -> (1, place), arrayEnumerate(stretches)), stretches.2)),
        arrayPopFront(stretches.1)))

-- kept: all that is known of the traces of these sessions
(SELECT * FROM traces FINAL WHERE /*=is_in_these_sessions*/) AS kept

-- facts_of_steps: the metadata of a session's traces as (key, value) pairs in order
arrayFlatten(arrayMap(facts -> CAST(facts, 'Array(Tuple(String, String))'), step_metadata))

-- of_its_traces: what a session is by its traces alone; `facts` is what is said of it as metadata, the last of which stands
{project_id:UInt32} AS project_id,
    kept.session_id AS session_id,
    {version:UInt64} AS version,
    toUInt8(0) AS is_deleted,
    min(kept.start_time) AS start_time,
    max(kept.end_time) AS end_time,
    toUInt64(toUnixTimestamp64Milli(end_time) - toUnixTimestamp64Milli(start_time)) AS duration_ms,
    arraySort(groupArrayArray(arrayZip(
        arrayPushFront(kept.pauses.2, toUnixTimestamp64Milli(kept.start_time)),
        arrayPushBack(kept.pauses.1, toUnixTimestamp64Milli(kept.end_time))))) AS stretches,
    arraySort(arrayMap(pause -> toUInt64(pause.2 - pause.1), /*=pauses_between*/)) AS pauses_ms,
    argMinIf(kept.user_id, (kept.start_time, kept.trace_id), kept.user_id != '') AS user_id,
    arrayDistinct(arraySort(groupArrayIf(((kept.start_time, kept.trace_id), kept.user_id), kept.user_id != '')).2) AS user_ids,
    count() AS trace_count,
    sum(kept.span_count) AS span_count,
    sum(kept.generation_count) AS generation_count,
    sum(kept.tool_count) AS tool_count,
    countIf(kept.status = 'error') AS error_count,
    sum(kept.prompt_tokens) AS prompt_tokens,
    sum(kept.completion_tokens) AS completion_tokens,
    sum(kept.cached_tokens) AS cached_tokens,
    sum(kept.reasoning_tokens) AS reasoning_tokens,
    sum(kept.total_tokens) AS total_tokens,
    sum(kept.cost) AS cost,
    arraySort(groupUniqArrayArray(kept.unpriced_models)) AS unpriced_models,
    sumMap(kept.model_generations) AS model_generations,
    sumMap(kept.model_prompt_tokens) AS model_prompt_tokens,
    sumMap(kept.model_completion_tokens) AS model_completion_tokens,
    sumMap(kept.model_total_tokens) AS model_total_tokens,
    sumMap(kept.model_cost) AS model_cost,
    sumMap(kept.tool_calls) AS tool_calls,
    sumMap(kept.tool_errors) AS tool_errors,
    arraySort(step -> (step.1, step.2), groupArray((
        kept.start_time, kept.trace_id, kept.name, kept.tags, kept.metadata, toUnixTimestamp64Milli(kept.start_time),
        toUnixTimestamp64Milli(kept.end_time), kept.status = 'error', kept.total_tokens, kept.cost, mapKeys(kept.tool_calls)))) AS steps,
    steps.3 AS step_names,
    steps.4 AS step_tags,
    steps.5 AS step_metadata,
    steps.6 AS step_start_ms,
    steps.7 AS step_end_ms,
    steps.8 AS step_failed,
    steps.9 AS step_tokens,
    steps.10 AS step_costs,
    steps.11 AS step_tools,
    argMaxIf(kept.environment, (kept.start_time, kept.trace_id), kept.environment != '') AS environment,
    argMaxIf(kept.release, (kept.start_time, kept.trace_id), kept.release != '') AS release,
    argMinIf(kept.input_text, (kept.start_time, kept.trace_id), kept.input_text != '') AS first_input,
    argMaxIf(kept.output_text, (kept.start_time, kept.trace_id), kept.output_text != '') AS last_output,
    arraySort(groupUniqArray(kept.hour)) AS trace_hours,
    arrayDistinct(facts.1) AS fact_names,
    mapFromArrays(fact_names, arrayMap(k -> arrayLast(x -> x.1 = k, facts).2, fact_names)) AS metadata
