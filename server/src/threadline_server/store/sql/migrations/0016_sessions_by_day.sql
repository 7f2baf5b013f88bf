-- The rows of sessions by the day on which each began, and where they are by its id (docs/adr/0024). Most questions are about some
-- days. By id alone each of them read all sessions, and merged the versions of all: a part that was written just now held ids
-- from everywhere. By day a question reads its own days, and of those only the ones that are written to have versions to merge.

-- A row is written before that of sessions to which it leads, and stays where the session's beginning moves to another day: who looks
-- a session up looks on each of these days.
CREATE TABLE IF NOT EXISTS session_keys
(
    project_id UInt32,
    session_id String,
    start_time DateTime64(9, 'UTC'),
    version UInt64,
    day UInt32 MATERIALIZED toUInt32(intDiv(toUnixTimestamp64Nano(start_time), 86400000000000)) COMMENT 'whole days since 1970 UTC'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project_id, session_id, day)
SETTINGS index_granularity = 256, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216;

-- Wherever this is cut off, sessions holds all rows, in the old order or the new, and all of it can be done again.
DROP TABLE IF EXISTS sessions_by_day SYNC;

CREATE TABLE sessions_by_day
(
    project_id UInt32,
    session_id String,
    version UInt64,
    is_deleted UInt8,
    start_time DateTime64(9, 'UTC'),
    end_time DateTime64(9, 'UTC'),
    day UInt32 MATERIALIZED toUInt32(intDiv(toUnixTimestamp64Nano(start_time), 86400000000000)) COMMENT 'whole days since 1970 UTC',
    duration_ms UInt64,
    pauses_ms Array(UInt64) CODEC(ZSTD(1)) COMMENT 'between activities, those longer than a minute',
    user_id String,
    user_ids Array(String),
    trace_count UInt64,
    span_count UInt64,
    generation_count UInt64,
    tool_count UInt64,
    error_count UInt64,
    prompt_tokens UInt64,
    completion_tokens UInt64,
    cached_tokens UInt64,
    reasoning_tokens UInt64,
    total_tokens UInt64,
    cost Decimal(38, 12),
    unpriced_models Array(String),
    model_generations Map(String, UInt64),
    model_prompt_tokens Map(String, UInt64),
    model_completion_tokens Map(String, UInt64),
    model_total_tokens Map(String, UInt64),
    model_cost Map(String, Decimal(38, 12)),
    tool_calls Map(String, UInt64),
    tool_errors Map(String, UInt64),
    tags Array(String),
    metadata Map(String, String),
    environment LowCardinality(String),
    release LowCardinality(String),
    first_input String CODEC(ZSTD(1)),
    last_output String CODEC(ZSTD(1)),
    title String CODEC(ZSTD(1)),
    outcome String,
    outcome_ms Int64 COMMENT 'when it was said, ms since 1970, 0 for never',
    ended_ms Int64 COMMENT 'when the caller ended it, ms since 1970, 0 for never',
    is_bookmarked Bool,
    comment_count UInt64 COMMENT 'on it, its traces and their spans',
    score_counts Map(String, UInt64) COMMENT 'by the name of the score, as the two that follow',
    score_means Map(String, Float64) COMMENT 'of those with a number',
    score_labels Map(String, Array(String)),
    step_names Array(LowCardinality(String)) COMMENT 'of the turns in order, by start, then trace id; as the others that follow',
    step_tags Array(Array(String)) CODEC(ZSTD(1)),
    step_metadata Array(Map(String, String)) CODEC(ZSTD(1)) COMMENT 'JSON values',
    step_start_ms Array(Int64) CODEC(ZSTD(1)),
    step_end_ms Array(Int64) CODEC(ZSTD(1)),
    step_failed Array(Bool),
    step_tokens Array(UInt64) CODEC(ZSTD(1)),
    step_costs Array(Decimal(38, 12)) CODEC(ZSTD(1)),
    step_tools Array(Array(String)) CODEC(ZSTD(1)) COMMENT 'which tools each used',
    trace_hours Array(UInt32),
    INDEX begins start_time TYPE minmax GRANULARITY 1,
    INDEX ends end_time TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY intDiv(day, 7)
ORDER BY (project_id, day, session_id)
SETTINGS index_granularity = 256, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216, min_compress_block_size = 8192, max_compress_block_size = 65536;

INSERT INTO session_keys (project_id, session_id, start_time, version)
SELECT project_id, session_id, start_time, version FROM sessions FINAL;

INSERT INTO sessions_by_day
(
    project_id, session_id, version, is_deleted, start_time, end_time, duration_ms, pauses_ms, user_id, user_ids,
    trace_count, span_count, generation_count, tool_count, error_count, prompt_tokens, completion_tokens, cached_tokens,
    reasoning_tokens, total_tokens, cost, unpriced_models, model_generations, model_prompt_tokens, model_completion_tokens,
    model_total_tokens, model_cost, tool_calls, tool_errors, tags, metadata, environment, release, first_input, last_output,
    title, outcome, outcome_ms, ended_ms, is_bookmarked, comment_count, score_counts, score_means, score_labels, step_names,
    step_tags, step_metadata, step_start_ms, step_end_ms, step_failed, step_tokens, step_costs, step_tools, trace_hours
)
SELECT
    project_id, session_id, version, is_deleted, start_time, end_time, duration_ms, pauses_ms, user_id, user_ids,
    trace_count, span_count, generation_count, tool_count, error_count, prompt_tokens, completion_tokens, cached_tokens,
    reasoning_tokens, total_tokens, cost, unpriced_models, model_generations, model_prompt_tokens, model_completion_tokens,
    model_total_tokens, model_cost, tool_calls, tool_errors, tags, metadata, environment, release, first_input, last_output,
    title, outcome, outcome_ms, ended_ms, is_bookmarked, comment_count, score_counts, score_means, score_labels, step_names,
    step_tags, step_metadata, step_start_ms, step_end_ms, step_failed, step_tokens, step_costs, step_tools, trace_hours
FROM sessions FINAL
SETTINGS max_threads = 2, max_block_size = 8192, min_insert_block_size_rows = 100000, min_insert_block_size_bytes = 134217728, materialize_skip_indexes_on_insert = 1;

OPTIMIZE TABLE sessions_by_day FINAL;

EXCHANGE TABLES sessions AND sessions_by_day;

DROP TABLE sessions_by_day SYNC;
