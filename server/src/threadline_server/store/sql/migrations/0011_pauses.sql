-- Which pauses of a session count as idle is its project's setting, asked for by the query: the row holds all that may.
ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS pauses_ms Array(UInt64) CODEC(ZSTD(1)) COMMENT 'between activities, those longer than a minute',
    DROP COLUMN IF EXISTS active_ms,
    DROP COLUMN IF EXISTS segments;

TRUNCATE TABLE rollup_progress;
