"""Who has which conversation when, over two weeks: drawn from a seed, the same for the same seed and moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from threadline_server.demo.failures import GRAVE, HARMLESS, Trouble
from threadline_server.demo.script import Conversation, Model, Person, Program, Script
from threadline_server.demo.wording import draw_pattern

DAYS = 14
SESSIONS = 200
_GRAVE_SHARE, _HARMLESS_SHARE, _STAGING_SHARE = 0.08, 0.14, 0.06
_GIVES_UP = 0.35
_WEEKEND = 0.55
_QUIET_HOUR = 0.12

Chosen = TypeVar("Chosen", Model, Person)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One session as it is going to be played."""

    script: Script
    conversations: tuple[Conversation, ...]
    """The first one gives the session its intent; trouble and leaving are about its turns."""
    person: Person
    session_id: str
    seed: str
    starts_at: datetime
    model: Model
    release: str
    environment: str
    metadata: dict[str, object]
    trouble: Trouble = ""
    trouble_at: int = -1
    """Number of the turn that has the trouble."""
    gives_up: bool = False
    """Whether the user does not try again after an error."""
    leaves_after: int = -1
    """Number of the turn after which the user leaves; -1 for one who stays to the end."""


def plan(scripts: Sequence[Script], *, now: datetime, seed: int, sessions: int = SESSIONS) -> list[Part]:
    """The first ``sessions`` of the two weeks' sessions; each is the same however many are asked for."""
    rows = list(_rows(scripts, seed, sessions))
    return [cast(script, conversation, f"{seed}/{number}", now) for number, (script, conversation) in enumerate(rows)]


def cast(
    script: Script, conversation: Conversation, seed: str, now: datetime, *, starts_at: datetime | None = None
) -> Part:
    """Decides everything that is open about one session."""
    chance = Random(seed)
    program = script.program
    person = script.person(conversation.user) if conversation.user else _weighted(program.people, chance)
    start = starts_at or _moment(
        program, now, Random(f"{seed}/moment")
    )  # of its own, so that the rest is the same any day
    is_new_release = start > now - timedelta(days=program.release_days_ago)
    release = program.releases[is_new_release]
    trouble, trouble_at = _trouble(conversation, chance)
    leaves = chance.random() < program.leaves and not conversation.user and len(conversation.turn) > 1
    channel = chance.choices(list(program.channels), list(program.channels.values()))[0]
    return Part(
        script=script,
        conversations=(conversation, *_others(script, conversation, chance)),
        person=person,
        session_id=draw_pattern(program.session_id, chance)
        .replace("USER", person.user)
        .replace("DAY", f"{start:%Y-%m-%d}"),
        seed=f"{seed}/words",
        starts_at=start,
        model=_model(program, conversation.model, chance),
        release=release,
        environment="staging" if chance.random() < _STAGING_SHARE else "production",
        metadata={"channel": channel, "intent": conversation.intent, "version": release, **conversation.metadata},
        trouble=trouble,
        trouble_at=trouble_at,
        gives_up=chance.random() < _GIVES_UP,
        leaves_after=chance.randrange(len(conversation.turn) - 1) if leaves else -1,
    )


def _rows(scripts: Sequence[Script], seed: int, sessions: int) -> Iterator[tuple[Script, Conversation]]:
    """Applications in turn by their share, each with all its conversations before one comes again."""
    rare = [(script, told) for script in scripts for told in script.conversation if told.user]
    decks = [_deck(script, seed) for script in scripts]
    played = [0] * len(scripts)
    for number in range(sessions):
        if len(scripts) <= number < len(scripts) + len(rare):
            yield rare[number - len(scripts)]
            continue
        behind = min(range(len(scripts)), key=lambda index: (played[index] + 0.5) / scripts[index].program.share)
        if number < len(scripts):
            behind = number
        played[behind] += 1
        yield scripts[behind], next(decks[behind])


def _deck(script: Script, seed: int) -> Iterator[Conversation]:
    chance = Random(f"{seed}/{script.program.service}")
    usual = [told for told in script.conversation if not told.user]
    while True:
        yield from chance.sample(usual, len(usual))


def _others(script: Script, first: Conversation, chance: Random) -> Iterator[Conversation]:
    """What else the user wants in the same session."""
    others = [told for told in script.conversation if not told.user and told.intent != first.intent]
    while not first.user and others and chance.random() < script.program.continues:
        yield others.pop(chance.randrange(len(others)))


def _trouble(conversation: Conversation, chance: Random) -> tuple[Trouble, int]:
    drawn = chance.random()
    if conversation.user or drawn > _GRAVE_SHARE + _HARMLESS_SHARE:
        return "", -1
    trouble = chance.choice(GRAVE if drawn < _GRAVE_SHARE else HARMLESS)
    with_tools = [number for number, turn in enumerate(conversation.turn) if any("tool" in step for step in turn.steps)]
    if trouble not in {"tool hiccup", "tool down"}:
        return trouble, chance.randrange(len(conversation.turn))
    if with_tools:
        return trouble, chance.choice(with_tools)
    return "rate limit" if trouble == "tool down" else "slow down", chance.randrange(len(conversation.turn))


def _moment(program: Program, now: datetime, chance: Random) -> datetime:
    """When a session starts: seldom at night, less on weekends, and more from week to week."""
    while True:
        moment = now - timedelta(seconds=chance.uniform(600, DAYS * 86_400))
        first, last = program.busy_hours
        growth = 1 - (now - moment) / timedelta(days=2 * DAYS)
        hour = 1.0 if first <= moment.hour <= last else _QUIET_HOUR
        day = _WEEKEND if moment.weekday() > 4 else 1.0
        if chance.random() < hour * day * growth:
            return moment


def _model(program: Program, name: str, chance: Random) -> Model:
    return _weighted([model for model in program.models if name in {"", model.name}], chance)


def _weighted(items: Sequence[Chosen], chance: Random) -> Chosen:
    return chance.choices(items, [item.weight for item in items])[0]
