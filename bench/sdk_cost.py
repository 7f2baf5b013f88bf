"""Measures what an SDK costs the program it runs in: ``make bench-sdk``.

Ours beside OpenTelemetry's and Langfuse's, on the same work in the same run: each in processes of its own, in turns, sending
to a server that takes everything. Times are of the calling thread; the least and the median are printed, since other
processes only ever add. Compares ours with ``budgets.toml``.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent
PYTHON = ROOT / ".venv-live" / "bin" / "python"
LIBRARIES = {  # by their import, the distribution that brings it
    "threadline": "threadline",
    "opentelemetry": "opentelemetry-exporter-otlp-proto-http",
    "langfuse": "langfuse",
}
IMPORTS = {
    "threadline": "import threadline",
    "opentelemetry": (
        "import opentelemetry.sdk.trace.export, opentelemetry.exporter.otlp.proto.http.trace_exporter as _, "
        "opentelemetry.sdk.trace"
    ),
    "langfuse": "import langfuse",
}
ROUNDS, BURSTS, OPERATIONS, IMPORT_RUNS = 3, 20, 100, 20

SENTENCE = "The quick brown fox jumps over the lazy dog. "
MESSAGES = [
    {"role": ("user", "assistant")[turn % 2] if turn else "system", "content": f"{SENTENCE * 4}{turn}"}
    for turn in range(10)
]
"""2 KB as JSON."""
ANSWER = {"role": "assistant", "content": SENTENCE}
PARAMETERS = {"temperature": 0.2, "max_tokens": 500}


# --- the work, once for each library --------------------------------------------------------------------------


def threadline_work(endpoint: str) -> tuple[dict[str, Callable[[], None]], Callable[[], object]]:
    from threadline import init_observability

    obs = init_observability(api_key="pk_bench", endpoint=endpoint)
    obs.trace("chat-turn", session_id="conversation-1", user_id="user-1")

    def span() -> None:
        with obs.span("step"):
            pass

    def generation() -> None:
        one = obs.generation("answer", model_name="gpt-4o", model_parameters=PARAMETERS, input={"messages": MESSAGES})
        one.end(output=ANSWER, prompt_tokens=500, completion_tokens=50)

    return {"span": span, "generation": generation}, lambda: obs.flush(30)


def opentelemetry_work(endpoint: str) -> tuple[dict[str, Callable[[], None]], Callable[[], object]]:
    from opentelemetry import context, trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces")))
    tracer = provider.get_tracer("bench")
    turn = tracer.start_span("chat-turn", attributes={"session.id": "conversation-1", "user.id": "user-1"})
    context.attach(trace.set_span_in_context(turn))

    def span() -> None:
        with tracer.start_as_current_span("step"):
            pass

    def generation() -> None:
        one = tracer.start_span("answer")
        one.set_attributes(
            {
                "gen_ai.request.model": "gpt-4o",
                "gen_ai.request.temperature": PARAMETERS["temperature"],
                "gen_ai.request.max_tokens": PARAMETERS["max_tokens"],
                "gen_ai.input.messages": json.dumps(MESSAGES),
                "gen_ai.output.messages": json.dumps([ANSWER]),
                "gen_ai.usage.input_tokens": 500,
                "gen_ai.usage.output_tokens": 50,
            }
        )
        one.end()

    return {"span": span, "generation": generation}, lambda: provider.force_flush(30_000)


def langfuse_work(endpoint: str) -> tuple[dict[str, Callable[[], None]], Callable[[], object]]:
    from langfuse import Langfuse, propagate_attributes

    client = Langfuse(public_key="pk-lf-bench", secret_key="sk-lf-bench", base_url=endpoint)
    propagate_attributes(session_id="conversation-1", user_id="user-1").__enter__()
    client.start_as_current_observation(name="chat-turn").__enter__()

    def span() -> None:
        with client.start_as_current_observation(name="step"):
            pass

    def generation() -> None:
        one = client.start_observation(
            name="answer", as_type="generation", model="gpt-4o", model_parameters=PARAMETERS, input=MESSAGES
        )
        one.update(output=ANSWER, usage_details={"input": 500, "output": 50})
        one.end()

    return {"span": span, "generation": generation}, client.flush


WORK = {"threadline": threadline_work, "opentelemetry": opentelemetry_work, "langfuse": langfuse_work}


def measure(library: str, endpoint: str) -> dict[str, list[int]]:
    """In a process of its own: nanoseconds of every call. Bursts, so that no queue overflows: a drop is cheap."""
    work, flush = WORK[library](endpoint)
    taken: dict[str, list[int]] = {}
    for name, operation in work.items():
        for _ in range(OPERATIONS):
            operation()
        flush()
        times = taken[name] = []
        for _ in range(BURSTS):
            for _ in range(OPERATIONS):
                begun = time.perf_counter_ns()
                operation()
                times.append(time.perf_counter_ns() - begun)
            flush()
    return taken


# --- values: FAULTS.md row C8 ---------------------------------------------------------------------------------


def measure_values() -> dict[str, list[int]]:
    """In a process of its own: nanoseconds of copying what a program should not have logged, each nine times."""
    import datetime as dt

    import numpy as np
    from pydantic import BaseModel

    from threadline._values import json_text

    class Message(BaseModel):
        role: str
        content: str
        numbers: list[int] = []

    cycle: dict[str, Any] = {}
    cycle["self"] = [cycle]
    values = {
        "text of 100 MB": "a" * 100_000_000,
        "bytes of 100 MB": b"a" * 100_000_000,
        "text of a million umlauts": "\u00e4" * 1_000_000,
        "list of a million": [0] * 1_000_000,
        "10,000 small elements in objects": [{"a": 1, "b": "x", "c": [1, 2.5]}] * 1_700,
        "10,000 dates": [dt.datetime.now(dt.UTC)] * 10_000,
        "numpy array of 100 MB": np.zeros(12_500_000),
        "numpy array of 10,000": np.zeros(10_000),
        "500 pydantic models": [Message(role="user", content="Hi.")] * 500,
        "pydantic model of a million": Message(role="user", content="", numbers=[0] * 1_000_000),
        "generator": (number for number in range(10**9)),
        "cycle": cycle,
        "unknown object": object(),
    }
    return {name: [_timed(lambda value=value: json_text(value)) for _ in range(9)] for name, value in values.items()}


def _timed(operation: Callable[[], object]) -> int:
    begun = time.perf_counter_ns()
    operation()
    return time.perf_counter_ns() - begun


# --- the run --------------------------------------------------------------------------------------------------


class _TakesAll(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", self.headers["Content-Type"])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def server() -> Iterator[str]:
    """A server in this process, which does nothing else meanwhile."""
    taking = ThreadingHTTPServer(("127.0.0.1", 0), _TakesAll)
    threading.Thread(target=taking.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{taking.server_port}"
    taking.shutdown()


def in_process(environment: dict[str, str], *arguments: str, python: pathlib.Path = PYTHON) -> Any:
    command = [str(python), str(HERE / "sdk_cost.py"), *arguments]
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def import_ms(environment: dict[str, str]) -> dict[str, list[float]]:
    """Milliseconds that a process takes which only imports; ``bare`` imports nothing. In turns."""
    programs = {"bare": "pass", **IMPORTS}
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for run in range(IMPORT_RUNS + 1):
        for name, program in programs.items():
            command = [str(PYTHON), "-c", program]
            elapsed = _timed(lambda command=command: subprocess.run(command, env=environment, check=True)) / 1e6
            if run:  # the first compiles
                taken[name].append(elapsed)
    return taken


def distributions(name: str) -> set[str]:
    """What is installed with a distribution, itself included."""
    from packaging.requirements import Requirement

    found: set[str] = set()
    waiting = [name]
    while waiting:
        one = waiting.pop().lower().replace("_", "-")
        if one in found:
            continue
        found.add(one)
        requirements = map(Requirement, importlib.metadata.requires(one) or [])
        waiting += [each.name for each in requirements if each.marker is None or each.marker.evaluate({"extra": ""})]
    return found


def main() -> int:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "sdk" / "src")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as cache, server() as endpoint:
        environment["PYTHONPYCACHEPREFIX"] = cache  # as an installed distribution, compiled
        rows: dict[str, dict[str, list[int]]] = {name: {"span": [], "generation": []} for name in LIBRARIES}
        for _ in range(ROUNDS):
            for name in LIBRARIES:
                for kind, times in in_process(environment, "measure", name, endpoint).items():
                    rows[name][kind] += times
        imports = import_ms(environment)
        counts = in_process(environment, "distributions")
        values = in_process(environment, "values", python=pathlib.Path(sys.executable))  # it has numpy
    return report(rows, imports, counts, values)


def report(
    rows: dict[str, dict[str, list[int]]],
    imports: dict[str, list[float]],
    counts: dict[str, int],
    values: dict[str, list[int]],
) -> int:
    """Prints the tables; answers how many figures of ours miss their budget."""
    print(f"{'':16}{'span us':>18}{'generation us':>18}{'import ms':>18}{'distributions':>15}")
    print(f"{'':16}" + f"{'least   median':>18}" * 3)
    ours: dict[str, float] = {}
    for name, kinds in rows.items():
        cells = []
        for kind, times in kinds.items():
            least, middle = min(times) / 1e3, statistics.median(times) / 1e3
            cells.append(f"{least:9.1f}{middle:9.1f}")
            if name == "threadline":
                ours[f"{kind}_us"] = middle
        bare, taken = imports["bare"], imports[name]
        added = statistics.median(taken) - statistics.median(bare)
        cells.append(f"{min(taken) - min(bare):9.1f}{added:9.1f}")
        if name == "threadline":
            ours["import_ms"] = added
        print(f"{name:16}{''.join(cells)}{counts[name]:15}")
    print(f"\nbare Python: {min(imports['bare']):.1f} ms at least, {statistics.median(imports['bare']):.1f} median")
    print(f"\n{'copying a value, ms':36}{'least   median':>18}")
    for name, times in values.items():
        print(f"{name:36}{min(times) / 1e6:9.2f}{statistics.median(times) / 1e6:9.2f}")
    ours["worst_value_ms"] = max(min(times) for times in values.values()) / 1e6
    print()
    return compare(ours)


def compare(ours: dict[str, float]) -> int:
    """Prints our figures beside their budgets; answers how many miss theirs."""
    budgets = tomllib.loads((HERE / "budgets.toml").read_text())["sdk"]
    missed = 0
    for name, value in ours.items():
        most = budgets[name]["most"]
        missed += value > most
        print(f"{'ok    ' if value <= most else 'MISSED'} sdk {name:20} {value:8.1f}   (at most {most})")
    return missed


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["measure", library, endpoint]:
            print(json.dumps(measure(library, endpoint)))
        case ["distributions"]:
            # Ours is measured from the checkout, which is not installed there; its requirements are no secret.
            brought = {name: len(distributions(name)) for name in LIBRARIES.values() if name != "threadline"}
            required = tomllib.loads((ROOT / "sdk" / "pyproject.toml").read_text())["project"]["dependencies"]
            print(json.dumps({name: brought.get(of, 1 + len(required)) for name, of in LIBRARIES.items()}))
        case ["values"]:
            print(json.dumps(measure_values()))
        case _:
            sys.exit(main())
