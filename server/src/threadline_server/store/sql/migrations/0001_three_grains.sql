-- The three grains of DESIGN.md section 3: spans (truth) -> traces -> sessions. The upper two are always recomputed from the
-- one below and never incremented. An hour is whole hours since 1970 UTC; keys that begin with it keep one conversation's
-- rows close together and every read narrow. Measured on inserts of 400 spans: column statistics cost 15 % of an insert and
-- nothing here asks for them; merging ten small parts at a time instead of five saves another 20 %; keeping a small part in one
-- file instead of sixteen halves the time until it is synced.

CREATE TABLE IF NOT EXISTS spans
(
    project_id UInt32,
    hour UInt32,
    trace_id String,
    span_id String,
    parent_id String,
    received_ns Int64,
    start_time DateTime64(9, 'UTC'),
    end_time DateTime64(9, 'UTC') COMMENT '1970 while the span is running',
    -- Which version of a span wins: finished over unfinished, then the later end, then the later arrival.
    version UInt128 MATERIALIZED bitShiftLeft(toUInt128(toUnixTimestamp64Nano(end_time)), 64) + toUInt128(received_ns),
    cost Nullable(Decimal(18, 12)),
    time_to_first_token_ms Nullable(UInt32),
    tags Array(String),
    metadata Map(String, String),
    -- An insert costs by the column (about 0.3 ms of CPU each), so facts that are read together share one, with an alias for each:
    -- short words, counts, what a list shows, and what only a page of one trace reads.
    labels Array(String),
    name String ALIAS labels[1],
    kind String ALIAS labels[2],
    status String ALIAS labels[3],
    error_type String ALIAS labels[4],
    error_message String ALIAS labels[5],
    environment String ALIAS labels[6],
    release String ALIAS labels[7],
    service String ALIAS labels[8],
    dialect String ALIAS labels[9],
    scope String ALIAS labels[10],
    model String ALIAS labels[11],
    provider String ALIAS labels[12],
    session_id String ALIAS labels[13],
    user_id String ALIAS labels[14],
    counts Array(UInt64),
    usage_key UInt64 ALIAS counts[1] COMMENT '0 without usage, else which response it is told of',
    has_usage Bool ALIAS counts[1] != 0,
    prompt_tokens UInt64 ALIAS counts[2],
    completion_tokens UInt64 ALIAS counts[3],
    cached_tokens UInt64 ALIAS counts[4],
    cache_write_tokens UInt64 ALIAS counts[5],
    reasoning_tokens UInt64 ALIAS counts[6],
    total_tokens UInt64 ALIAS counts[7],
    cost_is_ours Bool ALIAS counts[8] != 0,
    previews Array(String) CODEC(ZSTD(1)),
    input_text String ALIAS previews[1],
    output_text String ALIAS previews[2],
    texts Array(String) CODEC(ZSTD(1)),
    input String ALIAS texts[1],
    output String ALIAS texts[2],
    input_messages String ALIAS texts[3],
    output_messages String ALIAS texts[4],
    attributes String ALIAS texts[5],
    events String ALIAS texts[6],
    links String ALIAS texts[7],
    resource String ALIAS texts[8],
    model_parameters String ALIAS texts[9],
    error_stack String ALIAS texts[10],
    span_kind String ALIAS texts[11],
    response_id String ALIAS texts[12],
    INDEX arrival received_ns TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY intDiv(hour, 24)
ORDER BY (project_id, hour, trace_id, span_id)
SETTINGS index_granularity = 2048, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS traces
(
    project_id UInt32,
    hour UInt32,
    session_id String,
    trace_id String,
    version UInt64,
    is_deleted UInt8,
    start_time DateTime64(9, 'UTC'),
    end_time DateTime64(9, 'UTC'),
    name String,
    user_id String,
    status LowCardinality(String),
    error_type LowCardinality(String),
    error_message String,
    environment LowCardinality(String),
    release LowCardinality(String),
    span_count UInt64,
    generation_count UInt64,
    tool_count UInt64,
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
    tags Array(String),
    metadata Map(String, String),
    input_text String CODEC(ZSTD(1)),
    output_text String CODEC(ZSTD(1)),
    pauses Array(Tuple(Int64, Int64)) COMMENT 'stretches over a minute in which no span ran, ms since 1970',
    span_hours Array(UInt32)
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY intDiv(hour, 720)
ORDER BY (project_id, hour, session_id, trace_id)
SETTINGS index_granularity = 1024, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216;

-- Where a trace's rows are: by its id to the hours of its spans and the key of its row in traces.
CREATE TABLE IF NOT EXISTS trace_keys
(
    project_id UInt32,
    trace_id String,
    version UInt64,
    is_deleted UInt8,
    hour UInt32,
    session_id String,
    span_hours Array(UInt32),
    arrived_ns Int64 COMMENT 'no span of the trace arrived before'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (project_id, trace_id)
SETTINGS index_granularity = 256, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216;

CREATE TABLE IF NOT EXISTS sessions
(
    project_id UInt32,
    session_id String,
    version UInt64,
    is_deleted UInt8,
    start_time DateTime64(9, 'UTC'),
    end_time DateTime64(9, 'UTC'),
    duration_ms UInt64,
    active_ms UInt64,
    segments UInt32,
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
    tags Array(String),
    metadata Map(String, String),
    environment LowCardinality(String),
    release LowCardinality(String),
    first_input String CODEC(ZSTD(1)),
    last_output String CODEC(ZSTD(1)),
    trace_hours Array(UInt32)
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (project_id, session_id)
SETTINGS index_granularity = 256, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216;

-- Up to which arrival every span is contained in the roll-ups, per server.
CREATE TABLE IF NOT EXISTS rollup_progress
(
    server String,
    version UInt64,
    complete_until_ns Int64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY server
SETTINGS auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216;
