"""A turn that goes on until a line comes in; without one it is there until somebody kills the program."""

import sys

from threadline import get_observability

obs = get_observability()
with (
    obs.session("conversation-1", user_id="user-1") as session,
    obs.trace("chat-turn", input={"message": "Where is my parcel?"}) as trace,
):
    with obs.generation("answer", model_name="gpt-4o", input={"messages": []}) as generation:
        print("asked", flush=True)
        if not sys.stdin.readline():
            sys.exit("nobody answered")
        generation.update(output={"content": "In the depot."}, prompt_tokens=150, completion_tokens=50)
    trace.update(output={"response": "In the depot."})
    trace.score("helpful", True, comment="short", source="user")
session.score("solved", True)
print("delivered" if obs.flush(10) else obs.dropped)
