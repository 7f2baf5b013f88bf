"""One session of two turns, with no model behind it. Needs THREADLINE_DSN; see README.md."""

from threadline import init_observability

obs = init_observability(service_name="quickstart")

questions = ["Where is my parcel?", "When will it arrive?"]
answers = ["It left the depot this morning.", "Tomorrow before noon."]

with obs.session("conversation-abc123", user_id="user-456"):
    for question, answer in zip(questions, answers, strict=True):
        with obs.trace(name="chat-turn", input={"message": question}) as trace:
            messages = [{"role": "user", "content": question}]
            generation = obs.generation(name="generate-response", model_name="gpt-4o", input={"messages": messages})
            generation.end(output={"content": answer}, prompt_tokens=150, completion_tokens=50)
            trace.update(output={"response": answer})

print("delivered" if obs.flush(timeout=5) else f"not delivered: {obs.dropped or 'the server does not answer'}")
