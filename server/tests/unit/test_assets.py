"""The dashboard's files: whole, small on the way, and kept by browsers for good."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from threadline_server.serve.assets import Assets

SCRIPT = b"const threadline = 'a thread through every turn';\n" * 100


@pytest.fixture
def browser(tmp_path: Path) -> TestClient:
    (tmp_path / "assets").mkdir()
    (tmp_path / "secret.txt").write_text("not an asset")
    (tmp_path / "assets" / "index-abc.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "font-abc.woff2").write_bytes(b"wOF2" + bytes(100))
    return TestClient(Starlette(routes=[Route("/assets/{name}", Assets(tmp_path / "assets").answer, methods=["GET"])]))


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("gzip, deflate, br", "gzip"), ("identity", None), ("", None)]
)  # fmt: skip
def test_a_script_comes_whole_and_packed_where_that_is_understood(
    accepted: str, encoding: str | None, browser: TestClient
) -> None:
    answer = browser.get("/assets/index-abc.js", headers={"accept-encoding": accepted})

    assert (answer.status_code, answer.headers.get("content-encoding"), answer.content) == (200, encoding, SCRIPT)
    assert int(answer.headers["content-length"]) == len(gzip.compress(SCRIPT, 6, mtime=0) if encoding else SCRIPT)
    assert answer.headers["content-type"].startswith("text/javascript")
    assert {name: answer.headers[name] for name in ("cache-control", "x-content-type-options", "vary")} == {
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
        "vary": "accept-encoding",
    }


def test_what_is_packed_already_comes_as_it_is(browser: TestClient) -> None:
    answer = browser.get("/assets/font-abc.woff2", headers={"accept-encoding": "gzip"})

    assert ("content-encoding" in answer.headers, len(answer.content)) == (False, 104)


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fsecret.txt", "%2e%2e%2fsecret.txt", "../secret.txt", ""])
def test_nothing_but_what_lies_in_the_folder_is_answered(name: str, browser: TestClient) -> None:
    assert browser.get(f"/assets/{name}").status_code == 404


def test_the_first_byte_of_a_range_is_not_taken_for_all(browser: TestClient) -> None:
    """Who asks for a part may be answered with the whole, as RFC 9110 has it, never with a part called the whole."""
    answer = browser.get("/assets/font-abc.woff2", headers={"range": "bytes=0-3"})

    assert (answer.status_code, len(answer.content)) == (200, 104)
