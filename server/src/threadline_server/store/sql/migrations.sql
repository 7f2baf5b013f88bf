-- create_migrations: the record of what was applied to this store
CREATE TABLE IF NOT EXISTS migrations
(
    name String,
    checksum String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree ORDER BY name SETTINGS fsync_after_insert = 1, fsync_part_directory = 1

-- applied_migrations: what was applied
SELECT name, checksum FROM migrations FINAL ORDER BY name
