-- What senders tell of one thing in several messages, as it came (docs/adr/0005): a row of spans is recomputed from all parts
-- of its span whenever one more arrives. A part that comes again is the same part. Scores and feedback are kept here too.
CREATE TABLE IF NOT EXISTS span_parts
(
    project_id UInt32,
    wire LowCardinality(String) COMMENT 'whose words these are, and of what: langfuse.observation, langsmith.run, ...',
    span_id String COMMENT 'of what they tell, as its sender names it',
    part_id String COMMENT 'digest of the part',
    trace_id String COMMENT 'empty where the part does not tell',
    received_ns Int64,
    step UInt8 COMMENT '0 for what begins a thing, 1 for what changes it',
    sent_ns Int64 COMMENT 'by the clock of its sender',
    body String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(received_ns)
ORDER BY (project_id, wire, span_id, part_id)
SETTINGS index_granularity = 256, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216, fsync_after_insert = 1, fsync_part_directory = 1;
