"""What the campaign at the decoders begins with: recorded bodies, small ones, what earlier campaigns found; and changes of them by chance."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

TESTS = Path(__file__).parent.parent / "server" / "tests"
KEPT, MOST_KEPT = Path(__file__).parent / "corpus", 12 * 1024
"""Where what was found is kept, and how many bytes of each decoder's."""

_SEEDS = {
    "otlp_protobuf": "dialects/*/*.pb", "otlp_json": "api/recorded/*/*.json", "otlp_logs_protobuf": "api/recorded/*/*.pb",
    "langfuse": "foreign/*langfuse*/body*", "langsmith_multipart": "foreign/*langsmith*/body*", "openai_agents": "foreign/openai*/body*",
    "langfuse_export": "api/exports/langfuse*", "phoenix": "api/exports/phoenix*",
}  # fmt: skip
_SMALL = {
    "otlp_logs_json": b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1763893800000000000","eventName":"gen_ai.choice","body":{"stringValue":"hi"},"attributes":[{"key":"session.id","value":{"stringValue":"s"}}]}]}]}]}',
    "otlp_metrics": b'{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"threadline.sdk.dropped_spans","sum":{"dataPoints":[{"asInt":"3","timeUnixNano":"1"}]}}]}]}]}',
    "native_json": b'{"traces":[{"id":"t","name":"turn","sessionId":"s","startTime":"2026-11-23T10:30:00Z","spans":[{"kind":"tool","input":{"a":[1]}}]}]}',
    "langsmith": b'{"post":[{"id":"r","trace_id":"r","name":"n","run_type":"llm","start_time":1763893800.5,"inputs":{"messages":[]},"extra":{"metadata":{"session_id":"s"}}}]}',
    "import": b'{"format":"threadline.session/1","id":"s","traces":[{"id":"t","spans":[{"id":"1","kind":"span","name":"n","startTimeUnixNano":"1763893800000000000","endTimeUnixNano":"1763893801000000000","status":"ok"}],"logs":[]}]}',
    "gzip": gzip.compress(b"abc" * 1_000),
    "expression": b'cost > 0.5 and (user.id = "u1" or not tag in ("web", "x")) and goal("done") = false and startTime > 2026-01-01',
    "masking": b"DE89 3704 0044 0532 0130 00 4111 1111 1111 1111 ann@example.com +49 171 2345678 sk-abcdefghijklmnopqrst",
}  # fmt: skip
_TOKENS = (b"{", b"}", b"[", b"]", b'"', b",", b":", b"null", b"true", b"-1", b"1e999", b"NaN", b"99999999999999999999", b"\\ud800", b"\\u0000", b"\x00",
           b"\xff", b'""', b"{}", b"[[[[", b"0.1", b'"id":', b"\r\n", b"(", b")")  # fmt: skip


def seeds(name: str) -> list[bytes]:
    """Recorded bodies of a decoder, or a small one."""
    files = sorted(TESTS.glob(_SEEDS[name]), key=lambda file: (file.stat().st_size, file)) if name in _SEEDS else []
    return [*(file.read_bytes() for file in files[:20]), *([_SMALL[name]] if name in _SMALL else [])] or [b""]


def kept(name: str) -> list[bytes]:
    """What campaigns found for a decoder: bytes that took ways through it that others did not."""
    file = KEPT / f"{name}.zip"
    if not file.exists():
        return []
    with ZipFile(file) as packed:
        return [packed.read(entry) for entry in packed.namelist()]


def keep(name: str, found: list[bytes]) -> None:
    """Replace what is kept by the smallest of it and of ``found``, as much as packs into a few kilobytes."""
    KEPT.mkdir(exist_ok=True)
    found = [*kept(name), *found]
    with ZipFile(KEPT / f"{name}.zip", "w", ZIP_DEFLATED, compresslevel=9) as packed:
        size = 0
        for body in sorted(set(found), key=lambda each: (len(each), each)):
            size += len(zlib.compress(body, 9))
            if size > MOST_KEPT:
                break
            packed.writestr(ZipInfo(sha256(body).hexdigest()[:12]), body, ZIP_DEFLATED)


def mutations(name: str, seed: int) -> Iterator[bytes]:
    """Recorded bodies, changed by chance; without end."""
    chance = random.Random(f"{seed} {name}")
    known = seeds(name)
    while True:
        body = bytearray(chance.choice(known))
        for _ in range(chance.choice((1, 1, 2, 4, 8))):
            at = chance.randrange(len(body) + 1)
            until = min(len(body), at + chance.choice((0, 1, 2, 8, 64)))
            new = chance.choice(
                (
                    chance.choice(_TOKENS),
                    chance.randbytes(chance.randrange(4)),
                    bytes(body[chance.randrange(len(body) + 1) :][:32]),
                )
            )
            body[at:until] = new * chance.choice((1, 1, 1, 50))
        yield bytes(body)
