"""What a feedback endpoint does: judges by their ids a session, a trace and a span that another process has recorded.

Arguments: the trace's id and the span's.
"""

import sys

from threadline import get_observability

obs = get_observability()
trace_id, span_id = sys.argv[1:]
obs.score("rating", 2, session_id="conversation-1", id="vote-7", source="user")
obs.score("helpful", True, trace_id=trace_id, comment="quick")
obs.score("tone", "friendly", trace_id=trace_id, span_id=span_id)
obs.flush(10)
obs.score("rating", 5, session_id="conversation-1", id="vote-7", source="user")
print("delivered" if obs.flush(10) else obs.dropped)
