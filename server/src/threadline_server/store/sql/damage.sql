-- parts_in_use: every part of every table, the newest last
SELECT table, name AS part
FROM system.parts
WHERE database = currentDatabase() AND active
ORDER BY table, modification_time, name

-- rows_of_part: reads all of one part, whatever is in it
SELECT count() AS rows
FROM {table:Identifier}
WHERE _part = {part:String} AND NOT ignore(*)

-- forget_progress: has the next start compute everything anew
ALTER TABLE rollup_progress DELETE WHERE true SETTINGS mutations_sync = 1
