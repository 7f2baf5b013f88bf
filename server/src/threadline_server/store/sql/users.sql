-- user_page: one page of users, each with the totals of the sessions that the filter chooses; a session of two users is each one's
SELECT
    user_id,
    count() AS session_count,
    sum(trace_count) AS all_trace_count,
    sum(error_count) AS all_error_count,
    sum(prompt_tokens) AS all_prompt_tokens,
    sum(completion_tokens) AS all_completion_tokens,
    sum(cached_tokens) AS all_cached_tokens,
    sum(reasoning_tokens) AS all_reasoning_tokens,
    sum(total_tokens) AS all_total_tokens,
    sum(cost) AS all_cost,
    sum(active_ms) AS all_active_ms,
    toUnixTimestamp64Milli(min(start_time)) AS first_ms,
    toUnixTimestamp64Milli(max(end_time)) AS last_ms,
    toString(/*sort{*/toUnixTimestamp64Nano(max(end_time))/*}*/) AS sort_value
FROM
(
    SELECT
        arrayJoin(user_ids) AS user_id, trace_count, error_count, prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens,
        total_tokens, cost, start_time, end_time,
        /*=active_ms*/ AS active_ms
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} /*where*/
)
WHERE 1 /*user*/
GROUP BY user_id
HAVING 1 /*after*/
ORDER BY /*order{*/toUnixTimestamp64Nano(max(end_time)) DESC, user_id DESC/*}*/
LIMIT {limit:UInt32}
