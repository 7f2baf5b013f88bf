-- What was refused, or accepted and not stored, by minute and reason, so that a report can tell of the last hours whatever was
-- restarted meanwhile. The only numbers that are added up rather than recomputed: of what was refused nothing else is left.
CREATE TABLE IF NOT EXISTS refusals
(
    project_id UInt32,
    minute UInt32 COMMENT 'whole minutes since 1970 UTC, by arrival',
    reason LowCardinality(String),
    refused SimpleAggregateFunction(sum, UInt64),
    example SimpleAggregateFunction(anyLast, String) COMMENT 'what one of the senders was told'
)
ENGINE = AggregatingMergeTree
ORDER BY (project_id, minute, reason)
TTL toDateTime(toUInt32(minute * 60), 'UTC') + INTERVAL 90 DAY
SETTINGS index_granularity = 1024, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216;
