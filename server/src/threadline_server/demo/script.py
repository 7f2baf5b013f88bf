"""What the sample conversations are written in: the files of ``scripts/``, read into frozen values.

A script is one application: its people, models and habits, the things it talks about (``cast``), and its conversations. A
conversation is a list of turns: what the user says, what the application calls to answer, what it says. How texts vary is in
``wording``.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any, TypeAlias

import msgspec

Phrases: TypeAlias = str | list[str]
"""A text, or several of which one is said."""

CastGroup: TypeAlias = str | list[str | int | float | dict[str, str | int | float]]
"""A pattern (# digit, ? letter, ~ hexadecimal digit), values of which one is taken, or tables of which one gives its keys."""


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A language model as the application calls it."""

    name: str
    provider: str
    weight: float = 1.0
    parameters: dict[str, Any] = {}
    tokens_per_second: float = 70.0
    first_token_s: float = 0.5
    caches: bool = True
    reasons: float = 0.0
    """Reasoning tokens per token of the answer, about."""


class Person(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A user of the application."""

    user: str
    name: str
    weight: float = 1.0


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A passage that the application can find."""

    title: str
    text: str


class ToolCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The application uses a tool."""

    tool: str
    args: dict[str, Any] = {}
    result: Any = None
    seconds: float = 0.4
    fails: str = ""
    """What the tool raises; the model is told so and goes on."""
    say: Phrases = ""
    also: bool = False
    """Called together with the call before."""


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The application looks something up in its documents."""

    search: str
    finds: list[str]
    seconds: float = 0.18
    say: Phrases = ""
    also: bool = False


class Delegation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An agent hands a task to another one."""

    agent: str
    task: str
    steps: list[dict[str, Any]] = []
    answer: Phrases = ""
    say: Phrases = ""
    also: bool = False


Step: TypeAlias = ToolCall | Search | Delegation


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the user says and how it is answered; as many answers as ways to ask belong together one by one."""

    user: Phrases
    answer: Phrases
    step: str = ""
    """Name of the trace; the program's ``turn`` unless given."""
    steps: list[dict[str, Any]] = []
    tags: list[str] = []
    metadata: dict[str, Any] = {}
    gap: str = ""
    """How long the user stays away before it, such as ``2h 30m``."""
    chance: float = 1.0
    """How often this turn occurs in its conversation."""


class Conversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way that a session can go."""

    intent: str
    turn: list[Turn] = []
    tags: list[str] = []
    cast: dict[str, CastGroup] = {}
    metadata: dict[str, Any] = {}
    model: str = ""
    """The model it is held with, if not any."""
    user: str = ""
    """Who has this conversation, if only one person can; it is then played once."""


class Program(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An application as it is deployed, and how people use it."""

    service: str
    share: int
    """How many of two hundred sessions are its."""
    session_id: str
    system: str
    releases: tuple[str, str]
    release_days_ago: float
    models: list[Model]
    people: list[Person]
    channels: dict[str, float]
    busy_hours: tuple[int, int]
    """First and last hour of the day, UTC, at which most people use it."""
    turn: str = "chat-turn"
    generation: str = "generate-response"
    agent: str = ""
    """Name of the agent span around the work of a turn, where there is one."""
    agents: dict[str, str] = {}
    """Instructions of the agents that tasks are handed to."""
    tool_tokens: int = 0
    """Prompt tokens of the tools' descriptions."""
    window: int = 20
    """How many messages of the history are sent."""
    leaves: float = 0.1
    """How often the user leaves before the end."""
    wanders_off: float = 0.0
    """How often the user stays away for long between two turns."""
    continues: float = 0.0
    """How often the user goes on to another matter."""
    besides: tuple[str, ...] = ("Another thing:",)
    """How users begin with it."""
    again: tuple[str, ...] = ("Trying again:",)
    """What users say before they repeat themselves after an error."""
    rewriter: Model | None = None
    """Turns questions into search terms, since the newer release."""


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One application with all its conversations."""

    program: Program
    conversation: list[Conversation]
    cast: dict[str, CastGroup] = {}
    documents: dict[str, Document] = {}

    def person(self, user: str) -> Person:
        return next(person for person in self.program.people if person.user == user)


SCRIPTS = ("support", "travel", "coding", "documents", "research")


def read_table(name: str) -> dict[str, Any]:
    """The file ``scripts/<name>.toml`` as it is."""
    return tomllib.loads((files(__package__) / "scripts" / f"{name}.toml").read_text(encoding="utf-8"))


def read_step(written: dict[str, Any]) -> Step:
    """A step of a turn: which kind it is, its first key says."""
    kind: type[Step] = ToolCall if "tool" in written else Search if "search" in written else Delegation
    return msgspec.convert(written, kind)


def load_scripts() -> list[Script]:
    """All five applications."""
    from threadline_server.demo.phrasebook import add_phrasebook

    scripts = [msgspec.convert(read_table(name), Script) for name in SCRIPTS]
    return [add_phrasebook(script) for script in scripts]
