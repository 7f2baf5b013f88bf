-- What was erased, by digest: late data of it is recognised and erased too, without keeping the ids that were to be forgotten.
CREATE TABLE IF NOT EXISTS erasures
(
    project_id UInt32,
    kind LowCardinality(String) COMMENT 'session, user or trace',
    digest String COMMENT 'SHA-256 of project, kind and id, in hexadecimal digits',
    erased_ns Int64 COMMENT 'what began later under the id of a session or user is another; a trace stays erased',
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project_id, kind, digest)
SETTINGS index_granularity = 256, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216, fsync_after_insert = 1, fsync_part_directory = 1;

-- What each erasure took away, and whether it is off the disk.
CREATE TABLE IF NOT EXISTS erasure_receipts
(
    project_id UInt32,
    erasure_id String,
    version UInt64,
    kind LowCardinality(String) COMMENT 'session or user',
    digest String COMMENT 'of the id, as in erasures',
    erased_ns Int64,
    done_ns Int64 COMMENT '0 until the rows are deleted',
    sessions UInt64,
    traces UInt64,
    spans UInt64,
    hours Array(UInt32) COMMENT 'in which the spans began'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project_id, erasure_id)
SETTINGS index_granularity = 256, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216, fsync_after_insert = 1, fsync_part_directory = 1;
