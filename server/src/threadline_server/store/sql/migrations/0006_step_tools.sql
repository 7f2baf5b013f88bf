-- Which tools each turn used: what a tool costs is what the turns cost in which it was used.
ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS step_tools Array(Array(String)) CODEC(ZSTD(1)) COMMENT 'one entry for each trace, as in step_names';

-- Rows of before know nothing of it: the next start recomputes them all.
TRUNCATE TABLE rollup_progress;
