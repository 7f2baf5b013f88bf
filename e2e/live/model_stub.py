"""Stands in for the APIs of OpenAI and Anthropic: ``with ModelStub() as models: models.url``."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from e2e.live.model_answers import CUT_OFF, REFUSAL, REFUSED
from e2e.live.model_wires import ChatCompletions, Embeddings, Messages, Responses
from examples.stub_openai import Stub, StubHandler

WIRES = {wire.path: wire for wire in (ChatCompletions, Responses, Messages, Embeddings)}
EVENTS_BEFORE_A_BREAK = 6
MORE_THAN_IS_SENT = 100_000
NUMBERS = itertools.count(1)


class Handler(StubHandler):
    def do_POST(self) -> None:  # noqa: N802 (so the library calls it)
        request = self.read_json()
        wire = WIRES.get(self.path.partition("?")[0])
        if wire is None:
            self.not_here()
            return
        answer, number = wire.answer(request), next(NUMBERS)
        if answer is REFUSED:
            error = {"type": "invalid_request_error", "message": REFUSAL, "param": None, "code": "bad_request"}
            self.answer(HTTPStatus.BAD_REQUEST, {"type": "error", "error": error})
        elif request.get("stream"):
            events = wire.streamed(request, answer, number)
            with suppress(ConnectionError):  # the client has heard enough
                self._stream(events, ends_with_done=wire is ChatCompletions, breaks_off=answer is CUT_OFF)
        else:
            self.answer(HTTPStatus.OK, wire.whole(answer, number))

    def _stream(
        self, events: Iterator[tuple[str | None, dict[str, Any]]], *, ends_with_done: bool, breaks_off: bool
    ) -> None:
        if breaks_off:
            self.begin_events(MORE_THAN_IS_SENT)
            events = itertools.islice(events, EVENTS_BEFORE_A_BREAK)
        else:
            self.begin_events()
        for name, event in events:
            self.send_event(json.dumps(event), name)
        if ends_with_done and not breaks_off:
            self.send_event("[DONE]")


class ModelStub(Stub):
    """The stub on a free port, in a thread of its own."""

    def __init__(self) -> None:
        super().__init__(Handler)
