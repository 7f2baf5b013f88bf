import asyncio


def test_every_trace_inside_belongs_to_the_session(recording):
    obs = recording.obs
    with obs.session(
        "conversation-1", user_id="user-1", metadata={"channel": "web", "plan": "pro"}, tags=["beta"]
    ) as session:
        obs.trace("first", metadata={"plan": "free"}, tags=["new"]).end()
        obs.generation("second").end()
    obs.trace("outside").end()
    assert (session.id, session.user_id) == ("conversation-1", "user-1")
    assert {span.name: dict(span.attributes) for span in recording.spans} == {
        "first": {
            "threadline.span.kind": "span",
            "session.id": "conversation-1",
            "user.id": "user-1",
            "threadline.metadata": '{"channel":"web","plan":"free"}',
            "threadline.tags": ["beta", "new"],
        },
        "second": {
            "threadline.span.kind": "generation",
            "session.id": "conversation-1",
            "user.id": "user-1",
            "threadline.metadata": '{"channel":"web","plan":"pro"}',
            "threadline.tags": ["beta"],
        },
        "outside": {"threadline.span.kind": "span"},
    }


def test_a_trace_may_name_its_user(recording):
    with recording.obs.session("conversation-1", user_id="user-1"):
        recording.obs.trace("turn", user_id="user-2").end()
    assert recording.named("turn").attributes["user.id"] == "user-2"


def test_a_trace_of_another_session_takes_nothing_from_this_one(recording):
    with recording.obs.session("conversation-1", user_id="user-1", tags=["beta"]):
        recording.obs.trace("turn", session_id="conversation-2").end()
    assert recording.named("turn").attributes == {"threadline.span.kind": "span", "session.id": "conversation-2"}


def test_the_innermost_session_counts_and_keeps_the_user(recording):
    obs = recording.obs
    with obs.session("outer", user_id="user-1"):
        with obs.session("inner"):
            obs.trace("inside").end()
        obs.trace("after").end()
    sessions = {name: recording.named(name).attributes["session.id"] for name in ("inside", "after")}
    assert sessions == {"inside": "inner", "after": "outer"}
    assert recording.named("inside").attributes["user.id"] == "user-1"


def test_sessions_may_end_in_any_order(recording):
    obs = recording.obs
    outer, inner = obs.session("outer"), obs.session("inner")
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    obs.trace("turn").end()
    assert recording.named("turn").attributes["session.id"] == "inner"


def test_a_session_can_be_entered_again_and_concurrently(recording):
    obs = recording.obs
    session = obs.session("conversation-1")

    async def turn(number: int) -> None:
        async with session:
            await asyncio.sleep(0)
            obs.trace(f"turn-{number}").end()
        obs.trace(f"outside-{number}").end()

    async def main() -> None:
        await asyncio.gather(turn(1), turn(2))
        await turn(3)

    asyncio.run(main())
    assert {span.name: span.attributes.get("session.id") for span in recording.spans} == {
        "turn-1": "conversation-1",
        "turn-2": "conversation-1",
        "turn-3": "conversation-1",
        "outside-1": None,
        "outside-2": None,
        "outside-3": None,
    }
