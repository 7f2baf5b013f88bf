-- What each turn said, and the words that it is found by (docs/adr/0011). Small granules, since a phrase is looked up in those
-- that hold its words (read in half the time, for half as many bytes again, with LZ4); the session first, since matches are shown for the sessions of a page.
CREATE TABLE IF NOT EXISTS turn_texts
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
ORDER BY (project_id, session_id, hour, trace_id)
SETTINGS index_granularity = 128, auto_statistics_types = '', merge_selector_base = 10, min_bytes_for_full_part_storage = 16777216;

-- A third preview; of spans that came before there was one, what is known of the first two.
ALTER TABLE spans
    ADD COLUMN IF NOT EXISTS said String ALIAS if(length(previews) > 2, previews[3], concat(previews[1], '\0', previews[2]));

TRUNCATE TABLE rollup_progress;
