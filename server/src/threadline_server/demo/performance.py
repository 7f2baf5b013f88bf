"""Plays one session: each turn a trace, answered by the worker, with the time that users take in between."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from threadline import Observability
from threadline_server.demo.clocks import SECOND_NS, StageClock
from threadline_server.demo.failures import SampleError
from threadline_server.demo.plan import Part
from threadline_server.demo.script import Conversation, Phrases, Turn
from threadline_server.demo.steps import Worker
from threadline_server.demo.talk import Talk
from threadline_server.demo.wording import Wording, draw_cast

_SECONDS = {"d": 86_400, "h": 3_600, "m": 60}
_LONGEST_THOUGHT_S = 170.0
_LATEST_TURN_BEFORE_END_S = 240


def gap_seconds(written: str) -> int:
    """``2h 30m`` as seconds."""
    return sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)([dhm])", written))


@dataclass(frozen=True)
class _Scene:
    """One turn with what it takes to play it."""

    turn: Turn
    said: str
    answer: Phrases
    tags: list[str]
    worker: Worker


class Performance:
    """One session on its way.

    Args:
        part: What is played, by whom.
        observability: The application's.
        clock: Stands at the start of the session.
        ends_at_ns: No turn begins later than shortly before it; None where the present is played.
    """

    def __init__(self, part: Part, observability: Observability, clock: StageClock, ends_at_ns: int | None) -> None:
        program = part.script.program
        self._part = part
        self._program = program
        self._observability = observability
        self._clock = clock
        self._ends_at_ns = ends_at_ns
        self._chance = Random(part.seed)
        self._person = {"name": part.person.name, "user": part.person.user}
        self._answer = ""

    def turns(self) -> Iterator[None]:
        """Plays turn by turn, yielding after each; between two of them the user reads, thinks and writes."""
        talk: Talk | None = None
        number = 0
        for matter, conversation in enumerate(self._part.conversations):
            wording = self._wording(conversation)
            worker = Worker(self._part, self._observability, self._clock, wording, self._chance)
            talk = talk or self._talk(wording)
            for turn in self._turns_of(conversation):
                lead = wording.text(list(self._program.besides)) if matter and turn is conversation.turn[0] else ""
                said, answer = self._exchange(turn, wording)
                scene = _Scene(turn, f"{lead} {said}".strip(), answer, conversation.tags, worker)
                if number:
                    self._clock.pause(self._away(turn) or self._thinking(scene.said))
                if self._is_over():
                    return
                yield from self._attempts(scene, talk, wording, is_troubled=number == self._part.trouble_at)
                if number == self._part.leaves_after:
                    return
                number += 1

    def _wording(self, conversation: Conversation) -> Wording:
        slots = draw_cast({**self._part.script.cast, **conversation.cast}, self._chance)
        return Wording(self._chance, slots | self._person, self._part.starts_at.date())

    def _talk(self, wording: Wording) -> Talk:
        system = wording.text(self._program.system)
        return Talk(system, window=self._program.window, tool_tokens=self._program.tool_tokens)

    def _turns_of(self, conversation: Conversation) -> Iterator[Turn]:
        return (turn for turn in conversation.turn if self._chance.random() < turn.chance)

    def _exchange(self, turn: Turn, wording: Wording) -> tuple[str, Phrases]:
        """What the user says, and the answers that fit it: as many answers as questions belong together one by one."""
        if isinstance(turn.user, str):
            return wording.text(turn.user), turn.answer
        chosen = self._chance.randrange(len(turn.user))
        is_paired = isinstance(turn.answer, list) and len(turn.answer) == len(turn.user)
        return wording.text(turn.user[chosen]), turn.answer[chosen] if is_paired else turn.answer

    def _attempts(self, scene: _Scene, talk: Talk, wording: Wording, *, is_troubled: bool) -> Iterator[None]:
        if not is_troubled:
            self._play(scene, talk)
            yield
            return
        scene.worker.trouble(self._part.trouble)
        has_answer = self._play(scene, talk)
        yield
        scene.worker.trouble("")
        if has_answer or self._part.gives_up:
            return
        self._clock.pause(20 + self._thinking(scene.said))
        if not self._is_over():
            said = f"{wording.text(list(self._program.again))} {scene.said}"
            self._play(replace(scene, said=said), talk)
            yield

    def _play(self, scene: _Scene, talk: Talk) -> bool:
        """Plays one turn, and says whether the user got an answer."""
        talk.hear({"role": "user", "content": scene.said})
        trace = self._observability.trace(
            scene.turn.step or self._program.turn,
            session_id=self._part.session_id,
            user_id=self._part.person.user,
            input={"message": scene.said},
            tags=[*scene.tags, *scene.turn.tags],
            metadata={**self._part.metadata, **scene.turn.metadata},
        )
        try:
            with trace:
                self._answer = self._work(scene, talk)
                trace.update(output={"response": self._answer})
        except SampleError:
            return False
        return True

    def _work(self, scene: _Scene, talk: Talk) -> str:
        turn, generation = scene.turn, self._program.generation
        if not self._program.agent:
            return scene.worker.work(talk, turn.steps, scene.answer, generation)
        with self._observability.span(self._program.agent, kind="agent", input={"task": scene.said}) as agent:
            answer = scene.worker.work(talk, turn.steps, scene.answer, generation)
            agent.update(output={"answer": answer})
        return answer

    def _is_over(self) -> bool:
        if self._ends_at_ns is None:
            return False
        return self._clock.now().wall_ns > self._ends_at_ns - _LATEST_TURN_BEFORE_END_S * SECOND_NS

    def _away(self, turn: Turn) -> float:
        if turn.gap:
            return gap_seconds(turn.gap) * self._chance.uniform(0.8, 1.25)
        if self._chance.random() < self._program.wanders_off:
            return self._chance.uniform(35, 240) * 60
        return 0.0

    def _thinking(self, said: str) -> float:
        reading, writing = len(self._answer) / 32, len(said) / 4.5
        return min(_LONGEST_THOUGHT_S, (6 + reading + writing) * self._chance.lognormvariate(0, 0.5))
