"""The stand-in for the models, and whether the libraries are there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("e2e.live.library")

from e2e.live.library import NODE, PYTHON, model_settings  # noqa: E402
from e2e.live.model_stub import ModelStub  # noqa: E402


@pytest.fixture(scope="session")
def models() -> Iterator[dict[str, str]]:
    """The settings that send OpenAI's and Anthropic's clients to the stand-in."""
    missing = [str(path) for path in (PYTHON, NODE / "node_modules") if not path.exists()]
    assert missing == [], "the libraries are not installed: run `make live` once"
    with ModelStub() as stub:
        yield model_settings(stub.url)
