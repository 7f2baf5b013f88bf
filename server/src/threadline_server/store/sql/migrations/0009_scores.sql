-- Judgements of spans, traces and sessions, by people and programs. One that comes again is the same, changed.
CREATE TABLE IF NOT EXISTS scores
(
    project_id UInt32,
    trace_id String COMMENT 'empty for a score that names a session only',
    session_id String COMMENT 'empty for a score of a trace: it is in whichever session the trace is in',
    score_id String,
    version UInt64 COMMENT 'ns since 1970 at which it was said',
    is_deleted UInt8,
    about LowCardinality(String) COMMENT 'span, trace or session',
    span_id String COMMENT 'empty unless about a span',
    name String,
    kind LowCardinality(String) COMMENT 'numeric, boolean or category',
    value Nullable(Float64) COMMENT '1 and 0 for true and false, null for a category without a number',
    label String COMMENT 'the category, true or false, else empty',
    comment String CODEC(ZSTD(1)),
    source String COMMENT 'who judged, such as user',
    time DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (project_id, trace_id, session_id, score_id)
SETTINGS index_granularity = 256, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216, fsync_after_insert = 1, fsync_part_directory = 1;

ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS score_counts Map(String, UInt64) COMMENT 'by the name of the score, as the two that follow',
    ADD COLUMN IF NOT EXISTS score_means Map(String, Float64) COMMENT 'of those with a number',
    ADD COLUMN IF NOT EXISTS score_labels Map(String, Array(String));

TRUNCATE TABLE rollup_progress;
