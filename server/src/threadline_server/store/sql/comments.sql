-- session_comments: how many comments there are on these sessions and their traces
SELECT session_id, count() AS times
FROM
(
    SELECT transform(comments.session_id, {said_of:Array(String)}, {said_now:Array(String)}, comments.session_id) AS session_id
    FROM comments FINAL
    WHERE project_id = {project_id:UInt32} AND trace_id = ''
      AND comments.session_id IN arrayConcat({session_ids:Array(String)}, {said_of:Array(String)})
    UNION ALL
    SELECT place.session_id AS session_id
    FROM
    (
        SELECT trace_id
        FROM comments FINAL
        WHERE project_id = {project_id:UInt32} AND trace_id != ''
    ) AS commented
    INNER JOIN /*=traces_of_these_sessions*/ AS place ON place.trace_id = commented.trace_id
)
GROUP BY session_id

-- comments_of: the comments on these sessions and traces, in the order in which they were written
SELECT
    comment_id, trace_id, session_id, span_id, author, body, toInt64(intDiv(version, 1000000)) AS time_ms
FROM comments FINAL
WHERE project_id = {project_id:UInt32}
  AND /*=is_said_of_these*/
ORDER BY version, comment_id
LIMIT {limit:UInt32}

-- comment_place: where a comment is
SELECT trace_id, session_id
FROM comments FINAL
WHERE project_id = {project_id:UInt32} AND comment_id = {comment_id:String}
