-- journey_steps: the steps that most of the chosen sessions take, and how many steps there are
SELECT step, count() AS session_count, count() OVER () AS step_count
FROM
(
    SELECT arrayJoin(arrayDistinct(/*steps{*/step_names/*}*/)) AS step
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} /*where*/
)
GROUP BY step
ORDER BY session_count DESC, step
LIMIT {limit:UInt32}

-- journey_transitions: from which step to which, as places among the named ones: 0 is any other, 62 the beginning, 63 the end
SELECT
    intDiv(pair, 64) AS before,
    pair % 64 AS after,
    count() AS transition_count,
    countIf(pair_nth = 1) AS session_count,
    countIf(visit_nth = 1) AS first_visit_count,
    quantileExactInclusive(0.5)(gap_ms) AS median_ms
FROM
(
    SELECT
        /*steps{*/step_names/*}*/ AS steps,
        arrayPushBack(arrayDifference(/*times{*/step_start_ms/*}*/), 0) AS gaps_ms,
        arrayMap(step -> transform(step, {named:Array(String)}, {named_places:Array(UInt16)}, toUInt16(0)), steps) AS places,
        arrayMap((before, after) -> toUInt16(before * 64 + after), arrayPushFront(places, 62), arrayPushBack(places, 63)) AS pairs,
        arrayEnumerateUniq(pairs) AS pair_nths,
        arrayPushBack(arrayEnumerateUniq(places), 0) AS visit_nths
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} AND notEmpty(steps) /*where*/
)
ARRAY JOIN pairs AS pair, gaps_ms AS gap_ms, pair_nths AS pair_nth, visit_nths AS visit_nth
GROUP BY pair
ORDER BY transition_count DESC, pair

-- journey_paths: how most sessions go: their first steps, and whether more follow
SELECT arraySlice(steps, 1, {path_length:UInt32}) AS path, length(steps) > {path_length:UInt32} AS continues, count() AS session_count
FROM
(
    SELECT /*steps{*/step_names/*}*/ AS steps
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} AND notEmpty(steps) /*where*/
)
GROUP BY path, continues
ORDER BY session_count DESC, path, continues
LIMIT {limit:UInt32}

-- funnel: how many sessions reach each step in order, with median and p90 of the time since the first and since the last step
SELECT
    key,
    countForEach(times_ms) AS session_counts,
    quantilesExactInclusiveForEach(0.5, 0.9)(times_ms) AS time_levels,
    quantilesExactInclusiveForEach(0.5, 0.9)(gaps_ms) AS gap_levels
FROM
(
    SELECT
        /*walked{*/([toInt64(0)], [toInt64(0)])/*}*/ AS walked,
        arrayFilter(took -> took <= {within_ms:Int64}, walked.1) AS times_ms,
        arraySlice(walked.2, 1, length(times_ms)) AS gaps_ms,
        arrayJoin(arrayPushFront(CAST(/*keys{*/[]/*}*/, 'Array(Nullable(String))'), NULL)) AS key
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} /*where*/
)
WHERE notEmpty(times_ms)
GROUP BY key
ORDER BY isNull(key) DESC, session_counts[1] DESC, key
LIMIT {limit:UInt32}
