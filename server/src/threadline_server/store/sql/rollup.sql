-- dirty_since: traces with spans that arrived after the roll-ups were last known to be complete
SELECT project_id, trace_id, groupUniqArray(hour) AS hours, min(received_ns) AS arrived_ns
FROM spans
WHERE received_ns >= {since_ns:Int64}
GROUP BY project_id, trace_id
ORDER BY arrived_ns

-- progress: the arrival up to which every server's spans are rolled up
SELECT min(complete_until_ns) AS complete_until_ns, count() AS servers
FROM rollup_progress FINAL

-- silent_servers: those that have not noted their progress since a moment
SELECT server, complete_until_ns
FROM rollup_progress FINAL
WHERE version < {before_ns:UInt64}

-- forget_servers: these, unless they have noted their progress after all
ALTER TABLE rollup_progress DELETE
WHERE server IN {servers:Array(String)} AND version < {before_ns:UInt64} SETTINGS mutations_sync = 1

-- facts_since: sessions and traces of which something was said after the roll-ups were last known to be complete
SELECT DISTINCT project_id, session_id, '' AS trace_id, version
FROM session_facts
WHERE version >= {since_ns:Int64}
UNION ALL
SELECT DISTINCT project_id, session_id, trace_id, version
FROM scores
WHERE version >= {since_ns:Int64}
UNION ALL
SELECT DISTINCT project_id, session_id, trace_id, version
FROM comments
WHERE version >= {since_ns:Int64}

-- trace_keys: where the rows of these traces are
SELECT trace_id, hour, session_id, span_hours, arrived_ns
FROM trace_keys FINAL
WHERE project_id = {project_id:UInt32} AND trace_id IN {trace_ids:Array(String)}

-- trace_rows: traces recomputed from the winning versions of their spans
-- Where a span with usage has children, or two spans tell of one response, one may repeat what another used (law 5), and where
-- a tool stands inside a tool or something below a generation, one call may be told twice: then `tree` is not empty, and the traces
-- are asked for again with the spans that do.
-- A span's place tells who decides where spans disagree: the root, then the earliest; log records speak where no span does. As a
-- row number it is one word to compare, where the facts that it is made of are three. What several numbers ask of a span is found out
-- once, beside it: that is planned and computed once, too.
WITH
    won AS
    (
        SELECT
            hour, received_ns, trace_id, span_id, parent_id, start_time, end_time, name, kind, status, error_type, error_message,
            session_id, user_id, environment, release, model, usage_key, has_usage, prompt_tokens, completion_tokens, cached_tokens,
            reasoning_tokens, total_tokens, cost, tags, metadata, input_text, output_text,
            said
        FROM spans
        WHERE project_id = {project_id:UInt32} AND hour IN {hours:Array(UInt32)} AND trace_id IN {trace_ids:Array(String)}
          AND received_ns >= {arrived_ns:Int64}
        ORDER BY version DESC
        LIMIT 1 BY trace_id, span_id
    ),
    ordered AS
    (
        SELECT * FROM won ORDER BY if(kind = 'log', 2, parent_id != ''), start_time, span_id
    ),
    placed AS
    (
        SELECT
            *,
            rowNumberInAllBlocks() AS place,
            greatest(start_time, end_time) AS until,
            toUnixTimestamp64Milli(start_time) AS began_ms,
            toUnixTimestamp64Milli(until) AS until_ms,
            (trace_id, span_id) IN (SELECT arrayJoin(arrayZip({repeating_traces:Array(String)}, {repeating_spans:Array(String)}))) AS repeats,
            (trace_id, span_id) IN (SELECT arrayJoin(arrayZip({told_again_traces:Array(String)}, {told_again_spans:Array(String)}))) AS is_told_again,
            has_usage AND NOT repeats AS adds,
            adds AND model != '' AS adds_to_model,
            kind = 'generation' AND NOT repeats AND NOT is_told_again AS generates,
            kind = 'log' AS is_log,
            kind = 'tool' AND NOT is_told_again AS is_tool,
            status = 'error' AND (error_type != '' OR error_message != '') AS tells_error,
            input_text != '' AND (NOT is_log OR parent_id = '') AS asks
        FROM ordered
    )
SELECT
    {project_id:UInt32} AS project_id,
    toUInt32(intDiv(toUnixTimestamp64Nano(min(placed.start_time)), 3600000000000)) AS hour,
    argMinIf(placed.session_id, place, placed.session_id != '') AS session_id,
    placed.trace_id AS trace_id,
    {version:UInt64} AS version,
    toUInt8(0) AS is_deleted,
    min(placed.start_time) AS start_time,
    max(until) AS end_time,
    argMin(placed.name, place) AS name,
    argMinIf(placed.user_id, place, placed.user_id != '') AS user_id,
    multiIf(
        argMin(placed.status, place) = 'error' OR argMaxIf(placed.status, (until, placed.span_id), placed.kind = 'generation') = 'error', 'error',
        argMin(placed.end_time, place) = toDateTime64(0, 9, 'UTC'), 'running',
        'ok') AS status,
    if(status = 'error', argMinIf(placed.error_type, place, tells_error), '') AS error_type,
    if(status = 'error', argMinIf(placed.error_message, place, tells_error), '') AS error_message,
    argMinIf(placed.environment, place, placed.environment != '') AS environment,
    argMinIf(placed.release, place, placed.release != '') AS release,
    countIf(NOT is_log) AS span_count,
    countIf(generates) AS generation_count,
    countIf(is_tool) AS tool_count,
    sumIf(placed.prompt_tokens, adds) AS prompt_tokens,
    sumIf(placed.completion_tokens, adds) AS completion_tokens,
    sumIf(placed.cached_tokens, adds) AS cached_tokens,
    sumIf(placed.reasoning_tokens, adds) AS reasoning_tokens,
    sumIf(placed.total_tokens, adds) AS total_tokens,
    sumIf(ifNull(placed.cost, 0), adds) AS cost,
    arraySort(groupUniqArrayIf(placed.model, adds_to_model AND isNull(placed.cost))) AS unpriced_models,
    sumMapIf(map(placed.model, toUInt64(generates)), (generates OR adds) AND placed.model != '') AS model_generations,
    sumMapIf(map(placed.model, placed.prompt_tokens), adds_to_model) AS model_prompt_tokens,
    sumMapIf(map(placed.model, placed.completion_tokens), adds_to_model) AS model_completion_tokens,
    sumMapIf(map(placed.model, placed.total_tokens), adds_to_model) AS model_total_tokens,
    sumMapIf(map(placed.model, assumeNotNull(placed.cost)), adds_to_model AND isNotNull(placed.cost)) AS model_cost,
    sumMapIf(map(placed.name, toUInt64(1)), is_tool) AS tool_calls,
    sumMapIf(map(placed.name, toUInt64(1)), is_tool AND placed.status = 'error') AS tool_errors,
    arrayDistinct(arrayFlatten(arraySort(groupArrayIf((place, placed.tags), notEmpty(placed.tags))).2)) AS tags,
    arraySort(groupArrayArray(arrayMap(m -> (place, m.1, m.2), CAST(placed.metadata, 'Array(Tuple(String, String))')))) AS facts,
    arrayDistinct(facts.2) AS fact_names,
    mapFromArrays(fact_names, arrayMap(k -> arrayFirst(x -> x.2 = k, facts).3, fact_names)) AS metadata,
    -- Of a call's log records the last is the question, the others are history; those of no call are each a question.
    if(max(asks), argMinIf(placed.input_text, place, asks), argMaxIf(placed.input_text, place, placed.input_text != '')) AS input_text,
    multiIf(
        argMin(placed.output_text, place) != '' AND argMin(placed.kind, place) != 'log', argMin(placed.output_text, place),
        countIf(placed.output_text != '' AND placed.kind = 'generation') > 0, argMaxIf(placed.output_text, (until, placed.span_id), placed.kind = 'generation'),
        argMaxIf(placed.output_text, place, is_log AND placed.output_text != '')) AS output_text,
    arrayDistinct(arrayFlatten(arrayMap(
        text -> splitByChar('\0', text), arraySort(groupArrayIf(1000)((place, placed.said), placed.said != '')).2))) AS said,
    if(max(until_ms) - min(began_ms) > 60000, arraySort(groupArray((began_ms, until_ms))), []) AS stretches,
    /*=pauses_between*/ AS pauses,
    arraySort(groupUniqArray(placed.hour)) AS span_hours,
    min(placed.received_ns) AS arrived_ns,
    if(
        hasAny(groupArrayIf(placed.parent_id, placed.parent_id != '' AND NOT is_log), groupArrayIf(placed.span_id, placed.has_usage OR placed.kind = 'generation'))
        OR countIf(placed.usage_key > 1) > uniqExactIf(placed.usage_key, placed.usage_key > 1)
        OR hasAny(groupArrayIf(placed.parent_id, is_tool AND placed.parent_id != ''), groupArrayIf(placed.span_id, is_tool)),
        groupArrayIf(
            (placed.span_id, placed.parent_id, placed.usage_key, toUnixTimestamp64Nano(placed.start_time), toUnixTimestamp64Nano(until),
                placed.kind, placed.name),
            NOT is_log),
        []) AS tree
FROM placed
GROUP BY placed.trace_id

-- session_hours: when these sessions began, and in which hours their traces do
SELECT session_id, toUnixTimestamp64Nano(start_time) AS start_ns, trace_hours
FROM sessions FINAL
PREWHERE /*=is_one_of_these_sessions*/
WHERE project_id = {project_id:UInt32}

-- session_rows: sessions recomputed from their traces, where nobody has said anything of any of them
SELECT
    /*=of_its_traces*/,
    '' AS title,
    '' AS outcome,
    toInt64(0) AS outcome_ms,
    toInt64(0) AS ended_ms,
    false AS is_bookmarked,
    arrayDistinct(arrayFlatten(step_tags)) AS tags,
    /*=facts_of_steps*/ AS facts
FROM /*=kept*/
GROUP BY kept.session_id

-- session_rows_said: the same with what was said of them
WITH
    said AS
    (
        SELECT
            now_id AS session_id,
            anyIf(JSONExtractString(value), field = 'title') AS title,
            anyIf(JSONExtractString(value), field = 'outcome') AS outcome,
            anyIf(toInt64(intDiv(version, 1000000)), field = 'outcome') AS outcome_ms,
            anyIf(JSONExtractInt(value), field = 'ended') AS ended_ms,
            anyIf(JSONExtractBool(value), field = 'bookmarked') AS is_bookmarked,
            anyIf(JSONExtract(value, 'Array(String)'), field = 'tags') AS tags,
            groupArrayIf((substring(field, 10), value), startsWith(field, 'metadata.')) AS metadata
        FROM
        (
            -- Without FINAL, which hides what was taken back: that, too, may be the last thing said.
            SELECT
                transform(session_id, {said_of:Array(String)}, {said_now:Array(String)}, session_id) AS now_id,
                field,
                max(facts.version) AS version,
                argMax(facts.value, facts.version) AS value
            FROM session_facts AS facts
            WHERE project_id = {project_id:UInt32} AND session_id IN arrayConcat({session_ids:Array(String)}, {said_of:Array(String)})
            GROUP BY now_id, field
            HAVING argMax(facts.is_deleted, facts.version) = 0
        )
        GROUP BY now_id
    )
SELECT
    /*=of_its_traces*/,
    any(said.title) AS title,
    any(said.outcome) AS outcome,
    any(said.outcome_ms) AS outcome_ms,
    any(said.ended_ms) AS ended_ms,
    any(said.is_bookmarked) AS is_bookmarked,
    arrayDistinct(arrayConcat(arrayFlatten(step_tags), any(said.tags))) AS tags,
    arrayConcat(/*=facts_of_steps*/, any(said.metadata)) AS facts
FROM /*=kept*/
LEFT JOIN said ON said.session_id = kept.session_id
GROUP BY kept.session_id
