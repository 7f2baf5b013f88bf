"""Every conversation can be played, whoever has it and whatever is drawn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from threadline_server.demo.failures import GRAVE, HARMLESS
from threadline_server.demo.plan import Part, cast
from threadline_server.demo.script import Conversation, Delegation, Script, Search, load_scripts, read_step

from .stage import NOW, attribute, play

TOLD = [(script, told) for script in load_scripts() for told in script.conversation]
NAMES = [f"{script.program.service}: {told.intent} {number}" for number, (script, told) in enumerate(TOLD)]


def whole(script: Script, conversation: Conversation, seed: str) -> Part:
    """The conversation with all its turns, nothing going wrong."""
    turns = [msgspec.structs.replace(turn, chance=1.0, gap="") for turn in conversation.turn]
    part = cast(script, msgspec.structs.replace(conversation, turn=turns), seed, NOW)
    calm = replace(part, trouble="", trouble_at=-1, leaves_after=-1, starts_at=NOW.replace(year=2025))
    return replace(calm, conversations=calm.conversations[:1])


def steps_of(written: list[dict[str, Any]]) -> Iterator[object]:
    for step in map(read_step, written):
        yield step
        if isinstance(step, Delegation):
            yield from steps_of(step.steps)


@pytest.mark.parametrize(("script", "conversation"), TOLD, ids=NAMES)
def test_every_conversation_plays_to_its_end_with_nothing_left_open(script: Script, conversation: Conversation) -> None:
    for seed in range(1 if len(conversation.turn) > 50 else 12):
        spans = play(whole(script, conversation, f"whole/{seed}"))
        turns = [span for span in spans if span.parent_id is None]
        assert len(turns) == len(conversation.turn)
        assert [span.error for span in turns if span.error] == []
        for turn in turns:
            for said in (attribute(turn, "input")["message"], attribute(turn, "output")["response"]):
                assert said == said.strip() != ""
                assert not re.search(r"[{}]|\|\w|  ", said), said


TROUBLES = [
    (script, trouble)
    for script in load_scripts()
    for trouble in sorted({*GRAVE, *HARMLESS})
    if not (script.documents and trouble.startswith("tool"))  # where there are documents, there are no tools
]


@pytest.mark.parametrize(
    ("script", "trouble"), TROUBLES, ids=lambda value: value.program.service if isinstance(value, Script) else value
)
def test_every_trouble_can_come_up_in_every_application(script: Script, trouble: str) -> None:
    part = whole(script, script.conversation[0], "trouble")
    troubled = replace(part, trouble=trouble, trouble_at=0, gives_up=False)
    failed = [span for span in play(troubled) if span.error]
    assert failed
    assert any(span.parent_id is None for span in failed) == (trouble in GRAVE)


def test_whatever_is_searched_for_exists() -> None:
    for script, conversation in TOLD:
        for turn in conversation.turn:
            for step in steps_of(turn.steps):
                if isinstance(step, Search):
                    assert set(step.finds) <= set(script.documents)
                if isinstance(step, Delegation):
                    assert step.agent in script.program.agents


def test_sources_that_an_answer_cites_were_found() -> None:
    for _script, conversation in TOLD:
        for turn in conversation.turn:
            found = max((len(step.finds) for step in steps_of(turn.steps) if isinstance(step, Search)), default=0)
            for answer in [turn.answer] if isinstance(turn.answer, str) else turn.answer:
                assert all(int(number) <= found for number in re.findall(r"\[(\d)\]", answer)), answer


def test_everybody_is_known_by_one_name() -> None:
    names: dict[str, set[str]] = {}
    for script in load_scripts():
        for person in script.program.people:
            names.setdefault(person.user, set()).add(person.name)
    assert {user: known for user, known in names.items() if len(known) > 1} == {}


def test_no_two_sessions_say_the_same_throughout() -> None:
    script = load_scripts()[0]
    said = [
        [attribute(span, "input")["message"] for span in play(whole(script, script.conversation[0], str(seed)))
         if span.parent_id is None]
        for seed in range(10)
    ]  # fmt: skip
    assert len({tuple(session) for session in said}) == 10


def test_a_misspelt_key_in_a_script_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="resuld"):
        read_step({"tool": "lookup_order", "resuld": 1})
