"""G3: bytes at everything that reads what strangers send: a result or a plain refusal within a second, never another exception.

    .venv/bin/python -m e2e.decoder_campaign --seconds 600                      every decoder, one after the other
    .venv/bin/python -m e2e.decoder_campaign --decoder otlp_json --seconds 60
    .venv/bin/python -m e2e.decoder_campaign --keep                             what was found, into e2e/corpus

Atheris guides the bytes to new paths where it is installed (Linux); else they are recorded bodies, mutated by chance. What is
found is kept in --corpus; the smallest of it goes into e2e/corpus, which `make test` replays. The seed is printed, so that a
failure replays.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

from e2e.decoder_seeds import keep, kept, mutations, seeds
from threadline_server.errors import ThreadlineError
from threadline_server.ingest import masked, reasons
from threadline_server.ingest.decode import (
    imports,
    langfuse_batch,
    langfuse_export,
    langsmith_runs,
    native_json,
    openai_agents,
    otlp_drops,
    otlp_labelled,
    otlp_logs,
    otlp_metrics,
    otlp_protobuf,
    phoenix_export,
    session_file,
)
from threadline_server.ingest.decode.piecewise import PartDecoder
from threadline_server.ingest.decode.wires import MAKERS
from threadline_server.ingest.merge import _made
from threadline_server.ingest.prepare import (
    NO_TERMS,
    Decoder,
    LogDecoder,
    Terms,
    Unit,
    prepare_logs,
    prepare_restored,
    prepare_spans,
)
from threadline_server.ingest.receive import inflate
from threadline_server.ingest.warm_up import warm_up
from threadline_server.masking.masker import masker_of
from threadline_server.masking.rules import DETECTORS, MaskingRules
from threadline_server.query.expression import parse
from threadline_server.store.parts import StoredPart

Read = Callable[[bytes], Any]

MOST_S = 1.0
RULES = MaskingRules(DETECTORS)
MASKED = Terms(masking=RULES)
BOUNDARY = "parts"


def _parts(decode: PartDecoder) -> Read:
    """Parts are made into spans too, as the merger does it, and masked."""

    def read(body: bytes) -> None:
        decode(body)
        told = masked.told(decode, RULES, body)
        stored = [StoredPart(part, 1) for _, part in told.parts if part.wire in MAKERS]
        for one in stored:
            for span, _ in _made(one.part.wire, [one]):
                if getattr(span, "reason", "") == reasons.MALFORMED:
                    raise AssertionError("a part that was taken makes no span")

    return read


def _spans(decode: Decoder, unit: Unit = "span") -> Read:
    def read(body: bytes) -> None:
        prepare_spans(1, NO_TERMS, unit, decode, body)
        prepare_spans(1, MASKED, unit, decode, body)

    return read


def _logs(decode: LogDecoder) -> Read:
    def read(body: bytes) -> None:
        prepare_logs(1, NO_TERMS, decode, body)
        prepare_logs(1, MASKED, decode, body)

    return read


def _import(body: bytes) -> None:
    if imports.recognise(body) == "threadline":
        prepare_restored(1, RULES, session_file.To(time.time_ns()), body)


def _expression(text: bytes) -> None:
    parse(text.decode("utf-8", "replace"), "filter", goals=["done"])


DECODERS: dict[str, Read] = {
    "otlp_protobuf": _spans(otlp_protobuf.decode),
    "otlp_json": _spans(otlp_labelled.decode_json),
    "otlp_logs_protobuf": _logs(otlp_logs.decode_protobuf),
    "otlp_logs_json": _logs(otlp_logs.decode_json),
    "otlp_metrics": lambda body: (otlp_metrics.count_json(body), otlp_drops.read_json(body)),
    "native_json": _spans(native_json.decode, "trace"),
    "langfuse": _parts(langfuse_batch.decode),
    "langfuse_export": _parts(langfuse_export.decode),
    "langsmith": _parts(langsmith_runs.decode_batch),
    "langsmith_multipart": _parts(partial(langsmith_runs.decode_multipart, content_type=f"multipart/form-data; boundary={BOUNDARY}")),
    "openai_agents": _parts(openai_agents.decode),
    "phoenix": _spans(phoenix_export.decode),
    "import": _import,
    "gzip": lambda body: inflate(body, 1024 * 1024),
    "expression": _expression,
    "masking": lambda body: masker_of(RULES).text(body.decode("utf-8", "replace")),
}  # fmt: skip


def check(name: str, body: bytes) -> None:
    """Read one body. Raises AssertionError for anything but a result or a refusal within a second of the processor's time."""
    began = time.process_time()
    try:
        DECODERS[name](body)
    except ThreadlineError:
        pass
    except Exception as error:
        raise AssertionError(f"{name}: {type(error).__name__} at {body[:2_000]!r}") from error
    took = time.process_time() - began
    if took > MOST_S:
        raise AssertionError(f"{name}: {took:.1f} s for {len(body)} bytes that begin with {body[:200]!r}")


def run_by_chance(name: str, seed: int, *, inputs: int = 0, seconds: float = 0) -> int:
    """How many inputs were read: ``inputs`` of them, or for so many seconds. Raises AssertionError."""
    warm_up()
    until = time.monotonic() + seconds
    for done, body in enumerate(mutations(name, seed)):
        if done >= inputs and time.monotonic() >= until:
            return done
        check(name, body)
    raise AssertionError("BUG: mutations end")


def run_guided(name: str, seed: int, seconds: int, corpus: Path) -> None:
    """Atheris, which ends the process; an input that fails is kept beside the corpus."""
    import atheris

    own = corpus / name
    own.mkdir(parents=True, exist_ok=True)
    for number, body in enumerate([*seeds(name), *kept(name)]):
        (own / f"seed-{number}").write_bytes(body)
    warm_up()
    for function in gc.get_objects():  # ours alone: all there are take minutes to instrument, for each decoder
        if isinstance(function, FunctionType) and str(function.__module__).startswith("threadline_server"):
            atheris.instrument_func(function)
    arguments = [sys.argv[0], str(own), f"-max_total_time={seconds}", f"-seed={seed}", "-timeout=60", "-rss_limit_mb=2048", "-max_len=200000",
                 f"-artifact_prefix={corpus}/failed-{name}-", "-print_final_stats=1"]  # fmt: skip
    atheris.Setup(arguments, partial(check, name))
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decoder", choices=[*DECODERS], help="one; all unless given")
    parser.add_argument("--seconds", type=int, default=60, help="for each")
    parser.add_argument("--seed", type=int, default=random.randrange(1, 10**6))
    parser.add_argument("--corpus", type=Path, default=Path(tempfile.gettempdir()) / "threadline-corpus")
    parser.add_argument("--keep", action="store_true", help="put what is in --corpus into e2e/corpus, and end")
    parser.add_argument("--by-chance", action="store_true", help="without Atheris")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, corpus {arguments.corpus}", flush=True)
    if arguments.keep:
        for name in DECODERS:
            keep(name, [file.read_bytes() for file in (arguments.corpus / name).glob("*")])
        return
    if arguments.decoder is None:
        given = ["--seconds", str(arguments.seconds), "--seed", str(arguments.seed), "--corpus", str(arguments.corpus)]
        given += ["--by-chance"] if arguments.by_chance else []
        failed = [
            name
            for name in DECODERS
            if subprocess.run(
                [sys.executable, "-m", "e2e.decoder_campaign", "--decoder", name, *given], check=False
            ).returncode
        ]
        sys.exit(f"failed: {', '.join(failed)}" if failed else 0)
    if arguments.by_chance or importlib.util.find_spec("atheris") is None:
        print(
            f"{arguments.decoder}: {run_by_chance(arguments.decoder, arguments.seed, seconds=arguments.seconds)} inputs"
        )
    else:
        run_guided(arguments.decoder, arguments.seed, arguments.seconds, arguments.corpus)


if __name__ == "__main__":
    main()
