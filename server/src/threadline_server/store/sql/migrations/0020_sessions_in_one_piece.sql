-- What a session is shown by, beside the columns that numbers are made of, as one text (docs/adr/0029): fifty sessions of a list lie in
-- fifty places, and forty columns are forty readings of each. Measured, 400,000 sessions: 51 by cost 133 ms of CPU before, 65 after;
-- the latest 85 and 38. Older parts get it in the background (4 s for 400,000 sessions); until then it is made as it is read.
ALTER TABLE sessions ADD COLUMN IF NOT EXISTS shown String MATERIALIZED toJSONString(CAST(
    (
        user_id, user_ids, title, outcome, duration_ms, trace_count, span_count, generation_count, tool_count, error_count,
        prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens, total_tokens, cost, unpriced_models,
        model_generations, model_prompt_tokens, model_completion_tokens, model_total_tokens, model_cost, tool_calls, tool_errors,
        tags, metadata, environment, release, first_input, last_output, outcome_ms, ended_ms, is_bookmarked, comment_count,
        score_counts, score_means, score_labels, trace_hours
    ),
    'Tuple(
        user_id String, user_ids Array(String), title String, outcome String, duration_ms UInt64, trace_count UInt64,
        span_count UInt64, generation_count UInt64, tool_count UInt64, error_count UInt64, prompt_tokens UInt64,
        completion_tokens UInt64, cached_tokens UInt64, reasoning_tokens UInt64, total_tokens UInt64, cost Decimal(38, 12),
        unpriced_models Array(LowCardinality(String)), model_generations Map(LowCardinality(String), UInt64),
        model_prompt_tokens Map(LowCardinality(String), UInt64), model_completion_tokens Map(LowCardinality(String), UInt64),
        model_total_tokens Map(LowCardinality(String), UInt64), model_cost Map(LowCardinality(String), Decimal(38, 12)),
        tool_calls Map(LowCardinality(String), UInt64), tool_errors Map(LowCardinality(String), UInt64),
        tags Array(LowCardinality(String)), metadata Map(LowCardinality(String), String), environment LowCardinality(String),
        release LowCardinality(String), first_input String, last_output String, outcome_ms Int64, ended_ms Int64, is_bookmarked Bool,
        comment_count UInt64, score_counts Map(String, UInt64), score_means Map(String, Float64),
        score_labels Map(String, Array(String)), trace_hours Array(UInt32)
    )'
)) COMMENT 'what it is shown by, as a JSON object' CODEC(LZ4);

ALTER TABLE sessions MATERIALIZE COLUMN shown SETTINGS mutations_sync = 0;
