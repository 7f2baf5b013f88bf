-- goal_paces: of the chosen sessions, how many reached each goal, how many may yet, and the turns, the time and the cost that it took where that is known: places are numbers of turns
SELECT
    count() AS all_count,
    sumForEach(arrayMap(place -> place != 0, places)) AS reached_counts,
    sumForEach(arrayMap(place -> place = 0 AND is_active, places)) AS open_counts,
    quantilesExactInclusiveForEach(0.5, 0.9)(arrayMap(place -> if(place < 1, nan, toFloat64(place)), places)) AS turns_levels,
    quantilesExactInclusiveForEach(0.5, 0.9)(durations_ms) AS duration_levels,
    quantilesExactInclusiveForEach(0.5, 0.9)(costs) AS cost_levels
FROM
(
    SELECT
        /*active{*/true/*}*/ AS is_active,
        /*places{*/arrayMap(moment -> toInt64(0), {moments:Array(String)})/*}*/ AS places,
        toUnixTimestamp64Milli(start_time) AS start_ms,
        toUnixTimestamp64Milli(end_time) AS end_ms,
        arrayMap(
            (place, moment) -> if(
                place < 1, nan,
                toFloat64(greatest(0, multiIf(moment = 'outcome', outcome_ms, moment = 'end', end_ms, step_end_ms[place]) - start_ms))),
            places, {moments:Array(String)}) AS durations_ms,
        arrayMap(place -> if(place < 1, nan, toFloat64(arraySum(arraySlice(step_costs, 1, greatest(0, place))))), places) AS costs
    FROM sessions FINAL
    WHERE project_id = {project_id:UInt32} /*where*/
)

-- goals_of_session: whether and where one session reached each goal
SELECT
    /*active{*/true/*}*/ AS is_active,
    /*places{*/arrayMap(moment -> toInt64(0), {moments:Array(String)})/*}*/ AS places,
    toUnixTimestamp64Milli(start_time) AS start_ms,
    toUnixTimestamp64Milli(end_time) AS end_ms,
    arrayMap(
        (place, moment) -> if(place < 1, 0, multiIf(moment = 'outcome', outcome_ms, moment = 'end', end_ms, step_end_ms[place])),
        places, {moments:Array(String)}) AS moments_ms,
    arrayMap(place -> arraySum(arraySlice(step_tokens, 1, greatest(0, place))), places) AS tokens,
    arrayMap(place -> arraySum(arraySlice(step_costs, 1, greatest(0, place))), places) AS costs
FROM sessions FINAL
PREWHERE /*=is_one_of_these_sessions*/
WHERE project_id = {project_id:UInt32}
