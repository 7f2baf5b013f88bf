-- dirty_since: traces with spans that arrived after the roll-ups were last known to be complete
SELECT project_id, trace_id, groupUniqArray(hour) AS hours, min(received_ns) AS arrived_ns
FROM spans
WHERE received_ns >= {since_ns:Int64}
GROUP BY project_id, trace_id
ORDER BY arrived_ns

-- progress: the arrival up to which every server's spans are rolled up
SELECT min(complete_until_ns) AS complete_until_ns, count() AS servers
FROM rollup_progress FINAL

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
-- Where a span with usage has children, or two spans tell of one response, one may repeat what another used (law 5): then `tree`
-- is not empty, and the traces are asked for again with the spans that do.
-- A span's place tells who decides where spans disagree: the root, then the earliest; log records speak where no span does. As a
-- row number it is one word to compare, where the facts that it is made of are three.
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
            has_usage AND NOT repeats AS adds,
            kind = 'generation' AND NOT repeats AS generates
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
    if(status = 'error', argMinIf(placed.error_type, place, placed.status = 'error' AND (placed.error_type != '' OR placed.error_message != '')), '') AS error_type,
    if(status = 'error', argMinIf(placed.error_message, place, placed.status = 'error' AND (placed.error_type != '' OR placed.error_message != '')), '') AS error_message,
    argMinIf(placed.environment, place, placed.environment != '') AS environment,
    argMinIf(placed.release, place, placed.release != '') AS release,
    countIf(placed.kind != 'log') AS span_count,
    countIf(generates) AS generation_count,
    countIf(placed.kind = 'tool') AS tool_count,
    sumIf(placed.prompt_tokens, adds) AS prompt_tokens,
    sumIf(placed.completion_tokens, adds) AS completion_tokens,
    sumIf(placed.cached_tokens, adds) AS cached_tokens,
    sumIf(placed.reasoning_tokens, adds) AS reasoning_tokens,
    sumIf(placed.total_tokens, adds) AS total_tokens,
    sumIf(ifNull(placed.cost, 0), adds) AS cost,
    arraySort(groupUniqArrayIf(toString(placed.model), adds AND isNull(placed.cost) AND placed.model != '')) AS unpriced_models,
    sumMapIf(map(toString(placed.model), toUInt64(generates)), (generates OR adds) AND placed.model != '') AS model_generations,
    sumMapIf(map(toString(placed.model), placed.prompt_tokens), adds AND placed.model != '') AS model_prompt_tokens,
    sumMapIf(map(toString(placed.model), placed.completion_tokens), adds AND placed.model != '') AS model_completion_tokens,
    sumMapIf(map(toString(placed.model), placed.total_tokens), adds AND placed.model != '') AS model_total_tokens,
    sumMapIf(map(toString(placed.model), assumeNotNull(placed.cost)), adds AND placed.model != '' AND isNotNull(placed.cost)) AS model_cost,
    sumMapIf(map(toString(placed.name), toUInt64(1)), placed.kind = 'tool') AS tool_calls,
    sumMapIf(map(toString(placed.name), toUInt64(1)), placed.kind = 'tool' AND placed.status = 'error') AS tool_errors,
    arrayDistinct(arrayFlatten(arrayMap(x -> x.2, arraySort(groupArrayIf((place, placed.tags), notEmpty(placed.tags)))))) AS tags,
    arraySort(groupArrayArray(arrayMap(m -> (place, m.1, m.2), CAST(placed.metadata, 'Array(Tuple(String, String))')))) AS facts,
    arrayDistinct(arrayMap(x -> x.2, facts)) AS fact_names,
    mapFromArrays(fact_names, arrayMap(k -> arrayFirst(x -> x.2 = k, facts).3, fact_names)) AS metadata,
    -- Of a call's log records the last is the question, the others are history; those of no call are each a question.
    if(countIf(placed.input_text != '' AND (placed.kind != 'log' OR placed.parent_id = '')) > 0,
        argMinIf(placed.input_text, place, placed.input_text != '' AND (placed.kind != 'log' OR placed.parent_id = '')),
        argMaxIf(placed.input_text, place, placed.input_text != '')) AS input_text,
    multiIf(
        argMin(placed.output_text, place) != '' AND argMin(placed.kind, place) != 'log', argMin(placed.output_text, place),
        countIf(placed.output_text != '' AND placed.kind = 'generation') > 0, argMaxIf(placed.output_text, (until, placed.span_id), placed.kind = 'generation'),
        argMaxIf(placed.output_text, place, placed.kind = 'log' AND placed.output_text != '')) AS output_text,
    arrayDistinct(arrayFlatten(arrayMap(
        x -> splitByChar('\0', x.2), arraySort(groupArrayIf(1000)((place, placed.said), placed.said != ''))))) AS said,
    arrayFold(
        (found, stretch) -> (
            greatest(found.1, stretch.2),
            if(found.1 > 0 AND stretch.1 > found.1 + 60000, arrayPushBack(found.2, (found.1, stretch.1)), found.2)),
        if(max(until_ms) - min(began_ms) > 60000, arraySort(groupArray((began_ms, until_ms))), []),
        (toInt64(0), CAST([], 'Array(Tuple(Int64, Int64))'))).2 AS pauses,
    arraySort(groupUniqArray(placed.hour)) AS span_hours,
    min(placed.received_ns) AS arrived_ns,
    if(
        hasAny(groupArrayIf(placed.parent_id, placed.parent_id != '' AND placed.kind != 'log'), groupArrayIf(placed.span_id, placed.has_usage))
        OR countIf(placed.usage_key > 1) > uniqExactIf(placed.usage_key, placed.usage_key > 1),
        groupArrayIf(
            (placed.span_id, placed.parent_id, placed.usage_key, toUnixTimestamp64Nano(placed.start_time), toUnixTimestamp64Nano(until)),
            placed.kind != 'log'),
        []) AS tree
FROM placed
GROUP BY placed.trace_id

-- session_hours: when these sessions began, and in which hours their traces do
SELECT session_id, toUnixTimestamp64Nano(start_time) AS start_ns, trace_hours
FROM sessions FINAL
PREWHERE /*=is_one_of_these_sessions*/
WHERE project_id = {project_id:UInt32}

-- session_rows: sessions recomputed from their traces
WITH
    kept AS
    (
        SELECT *
        FROM traces FINAL
        WHERE project_id = {project_id:UInt32}
          AND hour IN {hours:Array(UInt32)} AND session_id IN {session_ids:Array(String)}
    ),
    activity AS
    (
        SELECT
            session_id,
            stretch.1 AS began_ms,
            max(stretch.2) OVER (PARTITION BY session_id ORDER BY stretch.1, stretch.2 ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until_ms
        FROM kept
        ARRAY JOIN arrayZip(
            arrayPushFront(arrayMap(p -> p.2, pauses), toUnixTimestamp64Milli(start_time)),
            arrayPushBack(arrayMap(p -> p.1, pauses), toUnixTimestamp64Milli(end_time))) AS stretch
    ),
    idle AS
    (
        SELECT
            session_id,
            arraySort(groupArrayIf(toUInt64(began_ms - busy_until_ms), busy_until_ms > 0 AND began_ms - busy_until_ms > 60000)) AS pauses_ms
        FROM activity
        GROUP BY session_id
    ),
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
    {project_id:UInt32} AS project_id,
    kept.session_id AS session_id,
    {version:UInt64} AS version,
    toUInt8(0) AS is_deleted,
    min(kept.start_time) AS start_time,
    max(kept.end_time) AS end_time,
    toUInt64(toUnixTimestamp64Milli(end_time) - toUnixTimestamp64Milli(start_time)) AS duration_ms,
    any(idle.pauses_ms) AS pauses_ms,
    argMinIf(kept.user_id, (kept.start_time, kept.trace_id), kept.user_id != '') AS user_id,
    arrayDistinct(arrayMap(x -> x.2, arraySort(groupArrayIf(((kept.start_time, kept.trace_id), kept.user_id), kept.user_id != '')))) AS user_ids,
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
    arrayMap(step -> step.3, steps) AS step_names,
    arrayMap(step -> step.4, steps) AS step_tags,
    arrayMap(step -> step.5, steps) AS step_metadata,
    arrayMap(step -> step.6, steps) AS step_start_ms,
    arrayMap(step -> step.7, steps) AS step_end_ms,
    arrayMap(step -> step.8 != 0, steps) AS step_failed,
    arrayMap(step -> step.9, steps) AS step_tokens,
    arrayMap(step -> step.10, steps) AS step_costs,
    arrayMap(step -> step.11, steps) AS step_tools,
    any(said.title) AS title,
    any(said.outcome) AS outcome,
    any(said.outcome_ms) AS outcome_ms,
    any(said.ended_ms) AS ended_ms,
    any(said.is_bookmarked) AS is_bookmarked,
    arrayDistinct(arrayConcat(arrayFlatten(step_tags), any(said.tags))) AS tags,
    arrayConcat(arrayFlatten(arrayMap(facts -> CAST(facts, 'Array(Tuple(String, String))'), step_metadata)), any(said.metadata)) AS facts,
    arrayDistinct(arrayMap(x -> x.1, facts)) AS fact_names,
    mapFromArrays(fact_names, arrayMap(k -> arrayLast(x -> x.1 = k, facts).2, fact_names)) AS metadata,
    argMaxIf(kept.environment, (kept.start_time, kept.trace_id), kept.environment != '') AS environment,
    argMaxIf(kept.release, (kept.start_time, kept.trace_id), kept.release != '') AS release,
    argMinIf(kept.input_text, (kept.start_time, kept.trace_id), kept.input_text != '') AS first_input,
    argMaxIf(kept.output_text, (kept.start_time, kept.trace_id), kept.output_text != '') AS last_output,
    arraySort(groupUniqArray(kept.hour)) AS trace_hours
FROM kept
INNER JOIN idle ON idle.session_id = kept.session_id
LEFT JOIN said ON said.session_id = kept.session_id
GROUP BY kept.session_id
