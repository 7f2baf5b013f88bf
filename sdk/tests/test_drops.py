import typing

from threadline import DropReason
from threadline._drops import MEANINGS, Drops
from threadline._notices import Notices


def test_drops_are_counted_by_reason():
    drops = Drops(Notices())
    drops.count("queue_full")
    drops.count("queue_full", 2)
    drops.count("rejected", 4)
    drops.count("refused", 0)
    assert (drops.by_reason(), drops.total()) == ({"queue_full": 3, "rejected": 4}, 7)


def test_every_reason_is_explained():
    assert list(MEANINGS) == list(typing.get_args(DropReason))


def test_a_drop_is_logged_with_its_reason(caplog):
    Drops(Notices()).count("refused", 2, detail="HTTP 400")
    assert caplog.messages == ["spans dropped as refused so far: 2; the server does not take the request (HTTP 400)"]


def test_a_forked_child_starts_from_zero():
    drops = Drops(Notices())
    drops.count("rejected")
    drops.after_fork_in_child()
    assert drops.by_reason() == {}


def test_a_report_holds_what_no_other_report_holds_and_stays_the_same_until_it_is_known():
    drops = Drops(Notices())
    assert drops.report() is None
    drops.count("rejected", 2)
    first = drops.report()
    drops.count("rejected")
    drops.count("corrupt", 4)
    assert (drops.report(), first.spans) == (first, {"rejected": 2})
    drops.reported(first)
    drops.reported(first)
    second = drops.report()
    assert (second.spans, second.id == first.id) == ({"rejected": 1, "corrupt": 4}, False)
    drops.reported(second)
    assert drops.report() is None
