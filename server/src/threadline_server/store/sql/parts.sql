-- parts_of: everything that was ever told of these, in the order in which their senders meant it
SELECT wire, span_id, trace_id, part_id, max(received_ns) AS arrived_ns, step, sent_ns, body
FROM span_parts
WHERE project_id = {project_id:UInt32}
  AND (wire, span_id) IN (SELECT arrayJoin(arrayZip({wires:Array(String)}, {span_ids:Array(String)})))
GROUP BY wire, span_id, trace_id, part_id, step, sent_ns, body
ORDER BY wire, span_id, step, sent_ns, part_id
