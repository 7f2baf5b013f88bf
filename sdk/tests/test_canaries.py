"""FAULTS.md row C7: with a mask, no secret leaves the process by any way; without one all do, so that this can fail."""

import gzip
import json
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sdk.tests.stub_server import Reply, StubServer

PROGRAM = Path(__file__).parent / "programs" / "canaries.py"
CANARY = re.compile(rb"CANARY-\d{4}")


def run(dsn: str, home: Path, how: str, wait_s: float = 60.0) -> subprocess.CompletedProcess[bytes]:
    """Runs the program where all that it may write lands in ``home``."""
    folders = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"), str(home))
    environ = {**folders, "THREADLINE_DSN": dsn, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run(
        [sys.executable, PROGRAM, how, str(wait_s)], env=environ, cwd=home, capture_output=True, timeout=120, check=True
    )


def found(*texts: bytes) -> set[bytes]:
    return {canary for text in texts for canary in CANARY.findall(text)}


def files(folder: Path) -> list[bytes]:
    """What is in the files, and in the compressed pieces inside them, wherever these begin."""
    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return contents + [piece for content in contents for piece in _inflated(content)]


def _inflated(content: bytes) -> Iterator[bytes]:
    for begin in re.finditer(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08", content):
        with suppress(zlib.error):
            yield zlib.decompressobj(wbits=47).decompress(content[begin.start() :])


def test_the_search_looks_into_compressed_pieces(tmp_path):
    for number, squeeze in enumerate((bytes, zlib.compress, gzip.compress)):
        (tmp_path / str(number)).write_bytes(b"head \x78\x01 " + squeeze(b"CANARY-%04d" % number) + b" tail")
    assert found(*files(tmp_path)) == {b"CANARY-0000", b"CANARY-0001", b"CANARY-0002"}


@pytest.mark.parametrize(("how", "expected"), [("raw", 1_000), ("masked", 0)])
def test_canaries_on_the_wire_in_files_and_in_the_log(how, expected, server, tmp_path):
    server.replies += [Reply(503, b"later", (("Retry-After", "0"),)), Reply(429, b"later", (("Retry-After", "0"),))]
    result = run(server.dsn, tmp_path, how)
    bodies = [gzip.decompress(request.body) for request in server.requests]
    assert int(result.stdout) > 1_000
    assert len(found(*bodies)) >= expected * 0.8  # some are overwritten by later values
    if how == "masked":
        assert found(*bodies, *files(tmp_path), result.stderr) == set()
        assert b"[masked]" in bodies[0]
        assert {attribute["value"]["stringValue"] for body in bodies for attribute in _resource(body)} == {"[masked]"}


def _resource(body: bytes) -> list[dict]:
    (resource,) = json.loads(body)["resourceSpans"]
    return resource["resource"]["attributes"]


@pytest.mark.parametrize("how", ["raw", "masked"])
def test_canaries_in_the_spool_while_the_server_is_away(how, tmp_path):
    with StubServer() as gone:
        dsn = gone.dsn
    result = run(dsn, tmp_path, how, wait_s=0)
    spooled = found(*files(tmp_path))
    assert b"threadline" in result.stderr
    assert found(result.stderr) == set()
    assert len(spooled) >= 800 if how == "raw" else spooled == set()


@pytest.mark.parametrize("how", ["masked", "raw"])
def test_the_log_never_holds_what_was_recorded(how, server, tmp_path):
    result = run(server.dsn, tmp_path, how)
    assert b"ignored str as gen_ai.usage.input_tokens" in result.stderr
    assert found(result.stderr) == set()
