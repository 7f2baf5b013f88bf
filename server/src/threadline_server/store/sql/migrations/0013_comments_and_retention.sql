-- What people write beside sessions, traces and spans.
CREATE TABLE IF NOT EXISTS comments
(
    project_id UInt32,
    trace_id String COMMENT 'empty for a comment on a session',
    session_id String COMMENT 'empty for a comment on a trace: it is in whichever session the trace is in',
    comment_id String,
    version UInt64 COMMENT 'ns since 1970 at which it was written',
    is_deleted UInt8,
    span_id String COMMENT 'empty unless it is on a span',
    author String,
    body String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (project_id, trace_id, session_id, comment_id)
SETTINGS index_granularity = 256, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216, fsync_after_insert = 1, fsync_part_directory = 1;

-- Nobody has commented yet: rows of before are right as they are.
ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS comment_count UInt64 COMMENT 'on it, its traces and their spans';

ALTER TABLE erasure_receipts
    ADD COLUMN IF NOT EXISTS until_ns Int64 COMMENT 'what began later under the ids that are gone stays; 0: the time of the erasure';
