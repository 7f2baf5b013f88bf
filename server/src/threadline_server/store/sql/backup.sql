-- table_folders: where each table keeps its parts
SELECT name, data_paths[1] AS folder
FROM system.tables
WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree')
ORDER BY name
