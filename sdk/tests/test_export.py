"""What each answer of the server means for the spans in hand (FAULTS.md row C9)."""

import gzip
import json
import random
from collections import deque

import pytest

from threadline._drops import Drops
from threadline._export import Later, Sender
from threadline._http import METRICS, TRACES, Answer, ConnectionFailed
from threadline._notices import Notices
from threadline._outbox import Batch, Parcel

RESOURCE = b'{"attributes":[]}'
OK = Answer(200, b"{}", None)
REFUSED = ConnectionFailed("ConnectionRefusedError: [Errno 111] Connection refused")


class ScriptedTransport:
    """Answers by a script, then 200, and keeps the spans it was sent."""

    def __init__(self, *script: Answer | ConnectionFailed) -> None:
        self.script = deque(script)
        self.sent: list[list[int]] = []
        self.paths: list[str] = []

    def post(self, path: str, body: bytes) -> Answer:
        request = json.loads(gzip.decompress(body))
        self.paths.append(path)
        if path == TRACES:
            self.sent.append(request["resourceSpans"][0]["scopeSpans"][0]["spans"])
        answer = self.script.popleft() if self.script else OK
        if isinstance(answer, ConnectionFailed):
            raise answer
        return answer


class Delivery:
    """A sender whose parcel is tried again until it is dealt with."""

    def __init__(self, *script: Answer | ConnectionFailed) -> None:
        self.laters: list[Later] = []
        self.transport = ScriptedTransport(*script)
        self.drops = Drops(Notices())
        self.sender = Sender(self.transport, self.drops, Notices(), wall=lambda: 1_763_893_800.0, chance=lambda: 1.0)

    def send(self, *spans: int, attempts: int = 10) -> Parcel:
        encoded = [str(span).encode() for span in spans]
        parcel = Parcel(Batch(RESOURCE, encoded, 0), RESOURCE, encoded)
        for _ in range(attempts):
            later = self.sender.attempt(parcel)
            if later is None:
                break
            self.laters.append(later)
        return parcel

    @property
    def pauses(self) -> list[float]:
        return [later.delay_s for later in self.laters]


def test_a_batch_is_one_request():
    delivery = Delivery()
    delivery.send(1, 2, 3)
    assert (delivery.transport.sent, delivery.drops.by_reason()) == ([[1, 2, 3]], {})


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_pass_is_tried_again(status):
    delivery = Delivery(Answer(status, b"", None), Answer(status, b"", None))
    delivery.send(1)
    assert (delivery.transport.sent, delivery.pauses, delivery.drops.by_reason()) == ([[1]] * 3, [1.0, 2.0], {})


def test_a_lost_connection_is_tried_again():
    delivery = Delivery(REFUSED)
    delivery.send(1)
    assert (delivery.transport.sent, delivery.drops.by_reason()) == ([[1], [1]], {})


@pytest.mark.parametrize("status", [302, 400, 404, 408, 415, 500, 501])
def test_anything_else_is_final(status):
    delivery = Delivery(Answer(status, b"", None))
    delivery.send(1, 2)
    assert (delivery.transport.sent, delivery.drops.by_reason()) == ([[1, 2]], {"refused": 2})


def test_pauses_grow_to_a_limit_and_nothing_is_given_up():
    delivery = Delivery(*[REFUSED] * 100)
    parcel = delivery.send(1, 2, attempts=100)
    assert delivery.pauses[:7] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert (max(delivery.pauses), parcel.spans, delivery.drops.by_reason()) == (30.0, 2, {})


def test_pauses_leave_the_random_numbers_of_the_program_as_they_were():
    """Whoever seeds them wants the same ones again, whether or not the server was away."""
    sender = Sender(ScriptedTransport(REFUSED), Drops(Notices()), Notices())
    before = random.getstate()
    later = sender.attempt(Parcel(Batch(RESOURCE, [b"1"], 0), RESOURCE, [b"1"]))
    assert later is not None
    assert 0 <= later.delay_s <= 30
    assert random.getstate() == before


def test_pauses_are_short_again_after_a_success():
    delivery = Delivery(REFUSED, REFUSED, OK, REFUSED)
    delivery.send(1)
    delivery.send(2)
    assert delivery.pauses == [1.0, 2.0, 1.0]


def test_a_server_that_asks_for_no_pause_again_and_again_gets_one():
    delivery = Delivery(*[Answer(503, b"", "0")] * 3)
    delivery.send(1)
    assert delivery.pauses == [0.0, 2.0, 4.0]


@pytest.mark.parametrize(("retry_after", "is_asked"), [("7", True), (None, False), ("soon", False)])
def test_a_pause_that_the_server_asked_for_is_marked(retry_after, is_asked):
    delivery = Delivery(Answer(429, b"", retry_after))
    delivery.send(1)
    assert [later.is_asked for later in delivery.laters] == [is_asked]


def test_pauses_are_jittered():
    delivery = Delivery(REFUSED)
    delivery.sender._chance = lambda: 0.0
    delivery.send(1)
    assert delivery.pauses == [0.5]


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("1000000000", 300.0),
        ("Sun, 23 Nov 2025 10:30:12 GMT", 12.0),
        ("Sun, 23 Nov 2025 10:29:00 GMT", 0.0),
        ("soon", 1.0),
        ("-5", 1.0),
        ("٣", 1.0),
        ("", 1.0),
        ("Sun, 99 Nov 99999 10:30:12 GMT", 1.0),
    ],
)
def test_the_wish_to_wait_is_honoured_if_it_makes_sense(retry_after, pause):
    delivery = Delivery(Answer(503, b"", retry_after))
    delivery.send(1)
    assert delivery.pauses == [pause]


def test_what_is_too_large_is_split():
    too_large = Answer(413, b"", None)
    delivery = Delivery(too_large, OK, too_large, OK, OK)
    delivery.send(1, 2, 3, 4)
    assert (delivery.transport.sent, delivery.drops.by_reason()) == ([[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]], {})


def test_one_span_that_is_too_large_is_dropped_and_the_others_arrive():
    too_large = Answer(413, b"", None)
    delivery = Delivery(too_large, too_large, OK)
    delivery.send(1, 2)
    assert (delivery.transport.sent, delivery.drops.by_reason()) == ([[1, 2], [1], [2]], {"too_large": 1})


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_not_accepted_stops_everything_with_one_loud_message(caplog, status):
    delivery = Delivery(Answer(status, b'{"error":"no"}', None))
    waiting = [delivery.send(1), delivery.send(2, 3)]
    assert (delivery.transport.sent, [parcel.spans for parcel in waiting]) == ([[1]], [1, 2])
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert errors[0].startswith(f'THE SERVER DOES NOT ACCEPT THE API KEY (HTTP {status} {{"error":"no"}}).')


def test_spans_that_the_server_rejects_are_counted_and_not_sent_again(caplog):
    delivery = Delivery(Answer(200, b'{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too\\nold"}}', None))
    delivery.send(1, 2, 3)
    assert (delivery.transport.sent, delivery.drops.by_reason()) == ([[1, 2, 3]], {"rejected": 2})
    assert caplog.messages == [
        "spans dropped as rejected so far: 2; the server took the request but not all spans in it (too old)"
    ]


def test_more_cannot_be_rejected_than_was_sent():
    delivery = Delivery(Answer(200, b'{"partialSuccess":{"rejectedSpans":"99"}}', None))
    delivery.send(1)
    assert delivery.drops.by_reason() == {"rejected": 1}


def test_of_what_was_split_only_the_rest_is_tried_again():
    delivery = Delivery(Answer(413, b"", None), OK, REFUSED, OK)
    delivery.send(1, 2, 3, 4)
    assert delivery.transport.sent == [[1, 2, 3, 4], [1, 2], [3, 4], [3, 4]]


def report(delivery: Delivery) -> Later | None:
    parcel = Parcel(Batch(b"", [], 0), b"", [], b"{}")
    return delivery.sender.attempt(parcel)


@pytest.mark.parametrize("status", [200, 400, 404])
def test_a_report_on_drops_is_sent_once_whatever_the_server_thinks_of_it(status):
    delivery = Delivery(Answer(status, b"", None))
    assert (report(delivery), delivery.transport.paths, delivery.sender.is_locked_out) == (None, [METRICS], False)


def test_a_report_on_drops_waits_for_a_server_that_is_away():
    delivery = Delivery(REFUSED)
    assert report(delivery) == Later(1.0, is_asked=False)


def test_a_report_on_drops_with_a_key_that_is_not_accepted_stops_everything():
    delivery = Delivery(Answer(401, b"", None))
    report(delivery)
    assert delivery.sender.is_locked_out
