-- The words of turns by the hour in which each began (docs/adr/0025), as traces lie. By session id the rows of a part that was written
-- just now reached over the whole table, and FINAL merged the versions of all; by hour it merges where what is written now lies, and a
-- phrase is read in one pass. And a question about what was said lately reads what was said lately.

-- Wherever this is cut off, turn_texts holds all rows, in the old order or the new, and all of it can be done again.
DROP TABLE IF EXISTS turn_texts_by_hour SYNC;

CREATE TABLE turn_texts_by_hour
(
    project_id UInt32,
    session_id String,
    hour UInt32,
    trace_id String,
    version UInt64,
    is_deleted UInt8,
    start_time DateTime64(9, 'UTC'),
    said Array(String) CODEC(ZSTD(1)) COMMENT 'message by message',
    words String CODEC(LZ4) COMMENT 'the same, folded (words.py): tokens are what stands between ASCII blanks',
    INDEX words words TYPE text(tokenizer = splitByNonAlpha)
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY intDiv(hour, 720)
ORDER BY (project_id, hour, session_id, trace_id)
SETTINGS index_granularity = 128, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216;

INSERT INTO turn_texts_by_hour (project_id, session_id, hour, trace_id, version, is_deleted, start_time, said, words)
SELECT project_id, session_id, hour, trace_id, version, is_deleted, start_time, said, words
FROM turn_texts FINAL
SETTINGS max_threads = 1, max_block_size = 8192, min_insert_block_size_rows = 100000, min_insert_block_size_bytes = 134217728;

-- Builds the index, too: only what is merged has one.
OPTIMIZE TABLE turn_texts_by_hour FINAL;

EXCHANGE TABLES turn_texts AND turn_texts_by_hour;

DROP TABLE turn_texts_by_hour SYNC;
