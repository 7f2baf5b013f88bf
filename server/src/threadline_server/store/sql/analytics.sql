-- session_figures: what a filter chooses, in all and, where it is asked for, by interval
WITH /*=active_ms*/ AS active_ms
SELECT
    count() AS all_session_count,
    uniqExactArray(user_ids) AS all_user_count,
    sum(trace_count) AS all_trace_count,
    sum(span_count) AS all_span_count,
    sum(generation_count) AS all_generation_count,
    sum(tool_count) AS all_tool_count,
    sum(error_count) AS all_error_count,
    countIf(error_count > 0) AS all_failed_session_count,
    countIf(/*reached{*/false/*}*/) AS all_reached_count,
    countIf(NOT /*reached{*/false/*}*/ AND /*active{*/false/*}*/) AS all_open_count,
    sum(prompt_tokens) AS all_prompt_tokens,
    sum(completion_tokens) AS all_completion_tokens,
    sum(total_tokens) AS all_total_tokens,
    sum(cost) AS all_cost,
    arraySort(groupUniqArrayArray(unpriced_models)) AS all_unpriced_models,
    /*statistics{*/[toFloat64(avg(trace_count))] AS stats_trace_count/*}*/,
    /*bucket{*/toInt64(0)/*}*/ AS bucket,
    /*is_all{*/1/*}*/ AS is_all
FROM sessions FINAL
WHERE project_id = {project_id:UInt32} /*where*/
/*by{*/HAVING count() > 0/*}*/
ORDER BY is_all DESC, bucket

-- session_span: when the first and the last of the chosen sessions began
SELECT count() AS session_count, toUnixTimestamp64Nano(min(start_time)) AS first_ns, toUnixTimestamp64Nano(max(start_time)) AS last_ns
FROM sessions FINAL
WHERE project_id = {project_id:UInt32} /*where*/

-- session_histograms: how many of the chosen sessions are in each bin of each metric
SELECT bin, count() AS session_count
FROM
(
    WITH /*=active_ms*/ AS active_ms
    SELECT arrayJoin(/*bins{*/[toInt64(trace_count)]/*}*/) AS bin
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} /*where*/
)
GROUP BY bin

-- session_groups: the groups in which most of the chosen sessions stand, and how many groups there are
SELECT key, count() AS session_count, count() OVER () AS group_count
FROM
(
    SELECT arrayJoin(/*keys{*/['']/*}*/) AS key
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} /*where*/
)
GROUP BY key
ORDER BY session_count DESC, key
LIMIT {limit:UInt32}

-- group_figures: what the groups add up to; a session that stands in several counts in each, in those that are not shown once
-- (Users are told apart by the very hash by which the engine would tell their names apart; worked out once for all groups of a session.
-- Layer upon layer, since the engine writes out what a name stands for wherever it is used in the same layer.)
SELECT
    place,
    count() AS all_session_count,
    uniqExactArray(users) AS all_user_count,
    sum(trace_count) AS all_trace_count,
    sum(span_count) AS all_span_count,
    sum(own_generation_count) AS all_generation_count,
    sum(tool_count) AS all_tool_count,
    sum(error_count) AS all_error_count,
    countIf(error_count > 0) AS all_failed_session_count,
    countIf(did_reach) AS all_reached_count,
    countIf(NOT did_reach AND is_active) AS all_open_count,
    sum(own_prompt_tokens) AS all_prompt_tokens,
    sum(own_completion_tokens) AS all_completion_tokens,
    sum(own_total_tokens) AS all_total_tokens,
    sum(own_cost) AS all_cost,
    arraySort(groupUniqArrayArray(own_unpriced_models)) AS all_unpriced_models,
    /*statistics{*/[toFloat64(avg(trace_count))] AS stats_trace_count/*}*/
FROM
(
    SELECT
        users, trace_count, span_count, tool_count, error_count, duration_ms, active_ms, did_reach, is_active,
        arrayJoin(/*entries{*/[transform('', {shown:Array(String)}, {shown_places:Array(UInt16)}, toUInt16(0))]/*}*/) AS entry,
        /*own{*/entry AS place, generation_count AS own_generation_count, prompt_tokens AS own_prompt_tokens,
        completion_tokens AS own_completion_tokens, total_tokens AS own_total_tokens, cost AS own_cost,
        unpriced_models AS own_unpriced_models/*}*/
    FROM
    (
        SELECT
            *,
            arrayMap(user -> reinterpretAsUInt128(sipHash128(user)), user_ids) AS users,
            /*=active_ms*/ AS active_ms,
            /*reached{*/false/*}*/ AS did_reach,
            /*active{*/false/*}*/ AS is_active,
            toUInt8(/*is_unnamed{*/false/*}*/) AS unnamed
        FROM sessions FINAL
        WHERE project_id = {project_id:UInt32} /*where*/
    )
)
GROUP BY place
ORDER BY place

-- compared_figures: what two choices of sessions add up to; a session of both counts on both sides
SELECT
    side,
    count() AS all_session_count,
    uniqExactArray(user_ids) AS all_user_count,
    sum(trace_count) AS all_trace_count,
    sum(span_count) AS all_span_count,
    sum(generation_count) AS all_generation_count,
    sum(tool_count) AS all_tool_count,
    sum(error_count) AS all_error_count,
    countIf(error_count > 0) AS all_failed_session_count,
    sum(prompt_tokens) AS all_prompt_tokens,
    sum(completion_tokens) AS all_completion_tokens,
    sum(total_tokens) AS all_total_tokens,
    sum(cost) AS all_cost,
    arraySort(groupUniqArrayArray(unpriced_models)) AS all_unpriced_models,
    /*statistics{*/[toFloat64(avg(trace_count))] AS stats_trace_count/*}*/
FROM
(
    SELECT
        user_ids, trace_count, span_count, generation_count, tool_count, error_count, prompt_tokens, completion_tokens, total_tokens, cost,
        unpriced_models, duration_ms,
        /*=active_ms*/ AS active_ms,
        arrayJoin(arrayFilter((side, is_chosen) -> is_chosen, [0, 1], [true /*base*/, true /*current*/])) AS side
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32}
)
GROUP BY side
ORDER BY side

-- compared_ranks: of each metric what a rank test of two choices of sessions needs
-- A key is a value, the order of whose bits is its own as nothing is negative, and in the last bit its side: sorting numbers is fast.
-- ``rank_sum`` adds up the places of the current ones, each behind the base's of the same value; a group is of one value.
SELECT
    metric,
    arraySum((key, place) -> bitAnd(key, 1) * place, keys, arrayEnumerate(keys)) AS rank_sum,
    arraySum((size, current) -> (size - current) * current, sizes, currents) AS equal_pairs,
    arraySum(size -> toFloat64(size) * size * size - size, sizes) AS repeats
FROM
(
    SELECT
        metric,
        keys,
        arrayFilter((place, key, next) -> bitXor(key, next) > 1, arrayEnumerate(keys), keys, nexts) AS ends,
        arrayFilter((current, key, next) -> bitXor(key, next) > 1, arrayCumSum(key -> bitAnd(key, 1), keys), keys, nexts) AS currents_until,
        arrayMap((end, before) -> end - before, ends, arrayPushFront(arrayPopBack(ends), 0)) AS sizes,
        arrayMap((until, before) -> until - before, currents_until, arrayPushFront(arrayPopBack(currents_until), 0)) AS currents
    FROM
    (
        SELECT entry.1 AS metric, entry.2 AS keys, arrayShiftLeft(keys, 1, bitNot(toUInt64(0))) AS nexts
        FROM
        (
            SELECT arrayJoin([/*keys{*/('', arraySort(groupArray(trace_count * 2 + side)))/*}*/]) AS entry
            FROM
            (
                SELECT
                    trace_count, total_tokens, cost, duration_ms,
                    /*=active_ms*/ AS active_ms,
                    arrayJoin(arrayFilter((side, is_chosen) -> is_chosen, [0, 1], [true /*base*/, true /*current*/])) AS side
                FROM sessions FINAL
                WHERE project_id = {project_id:UInt32}
            )
        )
    )
)
