-- When a user did what was in an automatic session that was erased. Its id is made of a trace's, which a late trace does not know:
-- that a trace belongs to it is told by whose it is and when it ran.
CREATE TABLE IF NOT EXISTS erased_stretches
(
    project_id UInt32,
    digest String COMMENT 'of the user, as in erasures',
    from_ms Int64 COMMENT 'the idle time before the stretch began',
    until_ms Int64 COMMENT 'the idle time after it ended',
    erased_ns Int64 COMMENT 'what began later is another session',
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project_id, digest, from_ms, until_ms)
SETTINGS index_granularity = 256, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216, fsync_after_insert = 1, fsync_part_directory = 1;
