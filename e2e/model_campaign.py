"""G2: deliveries in any order and number, deletions, exports, restarts and kills, against a server and against a model of it that is a dictionary.

    .venv/bin/python -m e2e.model_campaign --runs 40 --steps 50

After each run, and before whatever needs it, all numbers of all sessions are what the model says. The seed is printed, so that a failure replays.
"""

from __future__ import annotations

import argparse
import itertools
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from e2e.api import Api, eventually
from e2e.server_process import ServerProcess

SESSIONS = ("s-1", "s-2", "sé/3")
STEPS, TRACES = 3, 12
PROJECTS = itertools.count(1)
Trace = dict[str, Any]


def trace_of(number: int, version: int) -> Trace:
    """A trace whose numbers follow from its own and its version; a later version of one has more steps."""
    minute = f"2026-11-23T10:{number % 60:02}"
    steps = [
        {"id": f"t-{number}-{step}", "kind": "generation", "name": f"step {step}", "modelName": "house", "promptTokens": number + step,
         "completionTokens": 1, "cost": 0.5, "startTime": f"{minute}:01Z", "endTime": f"{minute}:02Z", "input": f"word{number}"}
        for step in range(version)
    ]  # fmt: skip
    return {"id": f"t-{number}", "name": "turn", "sessionId": SESSIONS[number % len(SESSIONS)], "userId": f"u-{number % 2}",
            "startTime": f"{minute}:00Z", "endTime": f"{minute}:03Z", "observations": steps}  # fmt: skip


class Model:
    """What should be there: trace number -> how many steps were told; and which were erased for good."""

    def __init__(self) -> None:
        self.steps: dict[int, int] = {}
        self.erased: set[int] = set()

    def take(self, number: int, version: int) -> None:
        if number not in self.erased:
            self.steps[number] = max(version, self.steps.get(number, 0))

    def erase(self, session: str) -> None:
        """All of its traces began before now, so those that are told for the first time later are erased too."""
        if session in self.totals():
            self.erased |= {number for number in range(TRACES) if SESSIONS[number % len(SESSIONS)] == session}
            self.steps = {number: steps for number, steps in self.steps.items() if number not in self.erased}

    def totals(self) -> dict[str, tuple[int, int, int, float]]:
        """Session -> traces, spans, tokens, cost."""
        told: dict[str, tuple[int, int, int, float]] = {}
        for number, steps in self.steps.items():
            name = SESSIONS[number % len(SESSIONS)]
            traces, spans, tokens, cost = told.get(name, (0, 0, 0, 0.0))
            told[name] = (
                traces + 1,
                spans + 1 + steps,
                tokens + sum(number + step + 1 for step in range(steps)),
                cost + 0.5 * steps,
            )
        return told


def told_by(api: Api) -> dict[str, tuple[int, int, int, float]]:
    return {
        one["id"]: (one["traceCount"], one["spanCount"], one["totalTokens"], one["totalCost"])
        for one in api.pages("/sessions", limit=2)
    }


def machine(  # noqa: C901 (the rules of one class)
    server: ServerProcess, *, most_ends: int
) -> Callable[[], RuleBasedStateMachine]:
    """A state machine over a project of its own; it ends the server at most ``most_ends`` times in all its runs."""
    ended: list[bool] = []

    class Campaign(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.model = Model()
            self.api = server.api.new_project(f"model-{next(PROJECTS)}")

        def teardown(self) -> None:
            self.api.close()

        @rule(
            told=st.lists(st.tuples(st.integers(0, TRACES - 1), st.integers(0, STEPS)), min_size=1, max_size=6),
            times=st.integers(1, 3),
        )
        def deliver(self, told: list[tuple[int, int]], times: int) -> None:
            """Some traces, in any order and version, once or again."""
            for _ in range(times):
                body = {"traces": [trace_of(number, version) for number, version in told]}
                answer = self.api.http.post("/observability/traces", json=body)
                assert answer.status_code == 200, answer.text
            for number, version in told:
                self.model.take(number, version)

        @rule(session=st.sampled_from(SESSIONS))
        def erase(self, session: str) -> None:
            self.agree()  # a session is what the roll-up knows
            answer = self.api.http.delete(f"/observability/sessions/{quote(session, safe='')}")
            assert answer.status_code == (200 if session in self.model.totals() else 404), answer.text
            self.model.erase(session)

        @rule(session=st.sampled_from(SESSIONS))
        def export_and_import(self, session: str) -> None:
            """What goes out of here comes in elsewhere as it was, and here again as nothing new."""
            self.agree()
            if session not in self.model.totals():
                return
            file = self.api.http.get(f"/observability/sessions/{quote(session, safe='')}/export").content
            with server.api.new_project(f"model-copy-{next(PROJECTS)}") as copy:
                for to in (self.api, copy):
                    answer = to.http.post(
                        "/observability/import", content=file, headers={"content-type": "application/json"}
                    )
                    assert (answer.status_code, answer.json()["rejected"]) == (200, [])
                expected = {session: self.model.totals()[session]}
                assert eventually(lambda: told_by(copy), lambda found: found == expected) == expected

        @rule(number=st.integers(0, TRACES - 1))
        def search(self, number: int) -> None:
            self.agree()
            there = self.model.steps.get(number, 0) > 0
            expected = [SESSIONS[number % len(SESSIONS)]] if there else []

            def found() -> list[str]:
                return [one["id"] for one in self.api.pages("/sessions", q=f"word{number}")]

            assert eventually(found, lambda ids: ids == expected) == expected

        @precondition(lambda _: len(ended) < most_ends)
        @rule(is_kill=st.booleans())
        def end_and_start(self, is_kill: bool) -> None:
            ended.append(is_kill)
            if is_kill:
                server.kill()
            else:
                assert server.stop() == 0
            server.start()

        @rule()
        def agree(self) -> None:
            expected = self.model.totals()
            assert eventually(lambda: told_by(self.api), lambda found: found == expected, within_s=60) == expected

    return Campaign


def run(server: ServerProcess, *, runs: int, steps: int, chance: int, most_ends: int) -> None:
    """Raises AssertionError with the steps that led to the difference."""
    profile = settings(
        max_examples=runs, stateful_step_count=steps, deadline=None, database=None, print_blob=True, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip
    made = machine(server, most_ends=most_ends)
    run_state_machine_as_test(seed(chance)(made), settings=profile)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--steps", type=int, default=50, help="of each run")
    parser.add_argument("--ends", type=int, default=30, help="restarts and kills in all runs")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder) / "data") as server:
        run(server, runs=arguments.runs, steps=arguments.steps, chance=arguments.seed, most_ends=arguments.ends)
    print(f"{arguments.runs} runs of {arguments.steps} steps agreed")


if __name__ == "__main__":
    main()
