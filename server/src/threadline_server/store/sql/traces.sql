-- trace_page: one page of a project's traces, in time order
-- A trace of which only log records came is none yet, unless they name its session.
SELECT
    /*columns{*/
    * EXCEPT (project_id, version, is_deleted, start_time, end_time, model_prompt_tokens, model_completion_tokens, model_total_tokens, model_cost),
    toUnixTimestamp64Milli(start_time) AS start_ms
    /*}*/,
    toUnixTimestamp64Milli(end_time) AS end_ms,
    toString(toUnixTimestamp64Nano(start_time)) AS sort_value
FROM traces FINAL
WHERE project_id = {project_id:UInt32} AND (span_count > 0 OR session_id != '') /*where*/
ORDER BY /*order{*/toUnixTimestamp64Nano(start_time) DESC, trace_id DESC/*}*/
LIMIT {limit:UInt32}

-- newest_trace_hour: since which hour, looking back from one, so many rows lie, whatever is in them; read in the order of the key
SELECT hour
FROM traces
WHERE project_id = {project_id:UInt32} AND hour <= {until_hour:UInt32}
ORDER BY hour DESC
LIMIT 1 OFFSET {enough:UInt32}

-- trace_place: where a trace is
SELECT hour, session_id, span_hours
FROM trace_keys FINAL
WHERE project_id = {project_id:UInt32} AND trace_id = {trace_id:String}

-- spans_of: the winning versions of the spans and log records of these traces, in no order: a second SELECT around this one, to sort
-- what is written out anyway, would take a quarter of its time
SELECT /*columns{*/
    trace_id, span_id, parent_id, name, kind, status, error_type, error_message, error_stack, model, provider, model_parameters,
    has_usage, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, total_tokens, cost, time_to_first_token_ms,
    response_id, if(input = '', input_messages, input) AS input, if(output = '', output_messages, output) AS output, attributes,
    if(kind = 'log', events, '') AS told,
    toUnixTimestamp64Milli(start_time) AS start_ms,
    toUnixTimestamp64Milli(end_time) AS end_ms,
    toUnixTimestamp64Nano(start_time) AS start_ns
    /*}*/
FROM spans
WHERE project_id = {project_id:UInt32}
  AND hour IN {hours:Array(UInt32)} AND trace_id IN {trace_ids:Array(String)} /*where*/
ORDER BY version DESC
LIMIT 1 BY trace_id, span_id

-- trace_texts: input and output of these traces: their root span's, and which that is; whether log records stand beside it
SELECT
    trace_id, argMinIf(span_id, place, NOT is_log) AS span_id, argMinIf(kind, place, NOT is_log) AS kind,
    argMinIf(input, place, NOT is_log) AS input, argMinIf(output, place, NOT is_log) AS output, max(is_log) AS has_records
FROM
(
    SELECT
        trace_id, span_id, kind, if(input = '', input_messages, input) AS input, if(output = '', output_messages, output) AS output,
        kind = 'log' AS is_log, (parent_id != '', start_time, span_id) AS place
    FROM spans
    WHERE project_id = {project_id:UInt32}
      AND hour IN {hours:Array(UInt32)} AND trace_id IN {trace_ids:Array(String)} /*where*/
    ORDER BY version DESC
    LIMIT 1 BY trace_id, span_id
)
GROUP BY trace_id
