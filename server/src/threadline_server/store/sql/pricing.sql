-- hours_with_spans: in which hours a project's spans begin
SELECT DISTINCT hour
FROM spans
WHERE project_id = {project_id:UInt32}
  AND hour >= {first_hour:UInt32} AND hour <= {last_hour:UInt32} AND received_ns >= {since_ns:Int64}
ORDER BY hour

-- priceable_spans: one page of an hour's spans whose cost is ours to say
-- Any version of a span may be priced anew: one that has lost to another still loses.
SELECT
    trace_id, span_id, toString(received_ns) AS arrived_ns, toString(toUnixTimestamp64Nano(start_time)) AS start_ns, model, provider,
    prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, total_tokens, toString(cost) AS cost_text
FROM spans
WHERE project_id = {project_id:UInt32} AND hour = {hour:UInt32}
  AND (trace_id, span_id) > ({after_trace:String}, {after_span:String})
  AND toUnixTimestamp64Nano(start_time) >= {from_ns:Int64} AND toUnixTimestamp64Nano(start_time) < {to_ns:Int64}
  AND received_ns >= {since_ns:Int64}
  AND has_usage AND model != '' AND (isNull(cost) OR cost_is_ours)
ORDER BY trace_id, span_id, version DESC
LIMIT 1 BY trace_id, span_id
LIMIT {limit:UInt32}

-- copy_with_costs: the same spans with other costs, each the successor of the version that it was made of
INSERT INTO spans
SELECT
    * REPLACE (
        received_ns + 1 AS received_ns,
        toDecimal64OrNull(transform(concat(toString(length(trace_id)), ' ', trace_id, span_id), {keys:Array(String)}, {costs:Array(String)}, ''), 12) AS cost,
        arrayMap((fact, place) -> if(place = 8, toUInt64(1), fact), counts, arrayEnumerate(counts)) AS counts)
FROM
(
    SELECT *
    FROM spans
    WHERE project_id = {project_id:UInt32} AND hour = {hour:UInt32} AND trace_id IN {trace_ids:Array(String)}
      AND (trace_id, span_id, received_ns) IN (SELECT arrayJoin(arrayZip({trace_ids:Array(String)}, {span_ids:Array(String)}, {arrivals:Array(Int64)})))
    LIMIT 1 BY trace_id, span_id
)
