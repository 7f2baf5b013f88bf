-- Which pauses of a session count as idle is its project's setting, asked for by the query: the row holds all that may.
ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS pauses_ms Array(UInt64) CODEC(ZSTD(1)) COMMENT 'between activities, those longer than a minute',
    DROP COLUMN IF EXISTS active_ms,
    DROP COLUMN IF EXISTS segments;

TRUNCATE TABLE rollup_progress;

-- Traces that name a user and no session, of projects in which sessions are made for such: from them the stretches of a user's
-- activity are found. Like all of the roll-up it can be recomputed, and is written last: what a round that was cut off has
-- not written here, the next one finds changed again.
CREATE TABLE IF NOT EXISTS loose_traces
(
    project_id UInt32,
    user_id String,
    trace_id String,
    version UInt64,
    is_deleted UInt8,
    start_ns Int64,
    end_ms Int64,
    session_id String COMMENT 'that was made for it',
    INDEX by_trace trace_id TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (project_id, user_id, trace_id)
SETTINGS index_granularity = 256, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216;
