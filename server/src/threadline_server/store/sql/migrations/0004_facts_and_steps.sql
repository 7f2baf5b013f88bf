-- What people say of a session, one row for each thing that is said, so that two who change different things at once both
-- stand. Telemetry never writes here; the roll-up puts it into the session's row, from which everything else is read.
CREATE TABLE IF NOT EXISTS session_facts
(
    project_id UInt32,
    session_id String,
    field String COMMENT 'title, outcome, tags, bookmarked, ended, or metadata. and a key',
    version UInt64 COMMENT 'ns since 1970 at which it was said',
    is_deleted UInt8,
    value String CODEC(ZSTD(1)) COMMENT 'JSON'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (project_id, session_id, field)
SETTINGS index_granularity = 256, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216, fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE traces
    ADD COLUMN IF NOT EXISTS tool_calls Map(String, UInt64) COMMENT 'by the name of the tool',
    ADD COLUMN IF NOT EXISTS tool_errors Map(String, UInt64);

-- A session's turns in order (by start, then trace id), as far as goals, journeys and funnels ask: each array has one entry for
-- each trace. A column costs nothing to a query that does not name it.
ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS title String CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS outcome String,
    ADD COLUMN IF NOT EXISTS outcome_ms Int64 COMMENT 'when it was said, ms since 1970, 0 for never',
    ADD COLUMN IF NOT EXISTS ended_ms Int64 COMMENT 'when the caller ended it, ms since 1970, 0 for never',
    ADD COLUMN IF NOT EXISTS is_bookmarked Bool,
    ADD COLUMN IF NOT EXISTS tool_calls Map(String, UInt64),
    ADD COLUMN IF NOT EXISTS tool_errors Map(String, UInt64),
    ADD COLUMN IF NOT EXISTS step_names Array(LowCardinality(String)),
    ADD COLUMN IF NOT EXISTS step_tags Array(Array(String)) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS step_metadata Array(Map(String, String)) CODEC(ZSTD(1)) COMMENT 'JSON values',
    ADD COLUMN IF NOT EXISTS step_start_ms Array(Int64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS step_end_ms Array(Int64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS step_failed Array(Bool),
    ADD COLUMN IF NOT EXISTS step_tokens Array(UInt64) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS step_costs Array(Decimal(38, 12)) CODEC(ZSTD(1));

-- Rows of before know nothing of these columns: the next start recomputes them all.
TRUNCATE TABLE rollup_progress;
