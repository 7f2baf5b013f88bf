-- What clients dropped before it could reach us, as they report it. A report that is sent again has the same id and is one row:
-- so the numbers are exact whatever was repeated.
CREATE TABLE IF NOT EXISTS client_drops
(
    project_id UInt32,
    report_id String,
    reason LowCardinality(String),
    minute UInt32 COMMENT 'whole minutes since 1970 UTC, by the client''s clock',
    spans UInt64,
    service LowCardinality(String)
)
ENGINE = ReplacingMergeTree
ORDER BY (project_id, report_id, reason)
TTL toDateTime(toUInt32(minute * 60), 'UTC') + INTERVAL 90 DAY
SETTINGS index_granularity = 1024, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216, fsync_after_insert = 1, fsync_part_directory = 1;
