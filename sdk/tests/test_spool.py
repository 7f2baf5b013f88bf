import errno
import os
import stat
import tempfile
import time
from collections import deque
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from threadline import _spool, _spool_lock, _spool_series
from threadline._drops import Drops
from threadline._notices import Notices
from threadline._spool import MAX_AGE_S, Spool

PROGRAM = b'{"attributes":[]}'
ALL = {"max_spans": 10**9, "max_bytes": 10**9}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool" / "server"


class Disk:
    """Opens spools over one folder, as processes do that send to one server."""

    def __init__(self, folder: Path, max_bytes: int = 10**9) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self.drops = Drops(Notices())
        self.now = 0.0

    def open(self) -> Spool:
        wall = partial(sum, (time.time(), self.now))
        return Spool(str(self.folder), self.max_bytes, self.drops, Notices(), wall=wall)

    def files(self, suffix: str) -> list[Path]:
        return sorted(self.folder.glob(f"*{suffix}")) if self.folder.exists() else []


@pytest.fixture
def disk(folder: Path) -> Disk:
    return Disk(folder)


def put(spool: Spool, *names: str, program: bytes = PROGRAM) -> bool:
    return spool.append(program, [name.encode() for name in names])


def take(spool: Spool, *, adopted: bool = False, **limits: int) -> list[str] | None:
    """Delivers the next batch."""
    taken = spool.peek(adopted=adopted, **(ALL | limits))
    if taken is None:
        return None
    spool.advance(taken)
    return [span.decode() for span in taken.stored.spans]


def kill(spool: Spool) -> None:
    """What the end of a process leaves: no lock is held, and nothing was said."""
    spool.after_fork_in_child()


def test_spans_come_back_in_order_and_once(disk):
    spool = disk.open()
    assert (put(spool, "a", "b"), put(spool, "c"), spool.has_own, spool.waiting_spans) == (True, True, True, 3)
    assert (take(spool), take(spool), spool.has_own, spool.waiting_spans) == (["a", "b", "c"], None, False, 0)
    assert disk.files(".spool") == []


def test_a_batch_has_so_many_spans_and_bytes_and_one_program(disk):
    spool = disk.open()
    for name in "abcd":
        put(spool, name, name)
    put(spool, "e", program=b"{}")
    assert take(spool, max_spans=4) == ["a", "a", "b", "b"]
    assert take(spool, max_bytes=1) == ["c", "c"]
    assert [take(spool), take(spool), take(spool)] == [["d", "d"], ["e"], None]


def test_writing_goes_on_while_reading(disk):
    spool = disk.open()
    put(spool, "a")
    taken = spool.peek(adopted=False, **ALL)
    put(spool, "b")
    spool.advance(taken)
    assert (take(spool), take(spool)) == (["b"], None)


def test_files_are_private_and_bounded_in_size(disk, monkeypatch):
    monkeypatch.setattr(_spool_series, "SEGMENT_BYTES", 1)
    spool = disk.open()
    put(spool, "a")
    put(spool, "b")
    assert [stat.S_IMODE(file.stat().st_mode) for file in (disk.folder, *disk.folder.iterdir())] == [0o700] + [
        0o600
    ] * 3
    assert [take(spool), take(spool), take(spool)] == [["a"], ["b"], None]


def test_a_folder_that_others_can_read_is_made_private(disk):
    disk.folder.mkdir(parents=True, mode=0o755)
    put(disk.open(), "a")
    assert stat.S_IMODE(disk.folder.stat().st_mode) == 0o700


def test_what_a_killed_process_left_is_adopted_once_and_in_order(disk):
    killed = disk.open()
    for name in "abc":
        put(killed, name)
    assert take(killed, max_spans=1) == ["a"]
    kill(killed)
    first, second = disk.open(), disk.open()
    first.adopt()
    second.adopt()
    assert (first.has_adopted, second.has_adopted, first.has_own) == (True, False, False)
    assert take(first, adopted=True) == ["b", "c"]
    assert (take(first, adopted=True), first.has_adopted) == (None, False)
    assert disk.files("") == []


def test_the_living_are_not_adopted(disk):
    living, other = disk.open(), disk.open()
    put(living, "a")
    living.adopt()
    other.adopt()
    assert (living.has_adopted, other.has_adopted) == (False, False)


def test_a_closed_spool_leaves_what_waits_to_the_next_and_takes_nothing(disk):
    closed = disk.open()
    put(closed, "a")
    closed.close()
    assert not put(closed, "b")
    following = disk.open()
    following.adopt()
    following.close()
    last = disk.open()
    last.adopt()
    assert take(last, adopted=True) == ["a"]


def test_an_empty_series_that_a_killed_process_left_is_removed(disk):
    killed = disk.open()
    put(killed, "a")
    take(killed)
    kill(killed)
    assert len(disk.files(".lock")) == 1
    disk.open().adopt()
    assert disk.files(".lock") == []


def test_the_bound_is_that_of_all_processes_and_the_newest_are_not_taken(disk, caplog):
    disk.max_bytes = 2_000
    one, other = disk.open(), disk.open()
    noise = os.urandom(700).hex()
    assert [put(one, noise), put(other, noise), put(one, noise), put(other, noise)] == [True, True, False, False]
    assert (one.is_full, other.is_full, caplog.text.count("the spool is full")) == (True, True, 2)
    assert take(one) == [noise]
    assert (put(one, "a"), one.is_full) == (True, False)


def test_a_report_on_drops_is_kept_although_the_spool_is_full(disk):
    disk.max_bytes = 1
    spool = disk.open()
    assert (put(spool, "a" * 100), spool.append_report(b"{}")) == (False, True)
    taken = spool.peek(adopted=False, **ALL)
    assert (taken.stored.report, taken.stored.spans) == (b"{}", [])


def test_a_report_between_spans_is_a_batch_of_its_own(disk):
    spool = disk.open()
    put(spool, "a")
    spool.append_report(b"{}")
    put(spool, "b")
    assert [take(spool), take(spool), take(spool), take(spool)] == [["a"], [], ["b"], None]


def test_what_is_damaged_is_skipped_and_counted(disk):
    killed = disk.open()
    for name in "abc":
        put(killed, name, name)
    kill(killed)
    (file,) = disk.files(".spool")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 255
    file.write_bytes(data)
    following = disk.open()
    following.adopt()
    assert (take(following, adopted=True), disk.drops.by_reason()) == (["a", "a", "c", "c"], {"corrupt": 2})


def test_a_torn_end_is_counted_and_removed(disk):
    killed = disk.open()
    put(killed, "a", "b")
    put(killed, "c", "d", "e")
    kill(killed)
    (file,) = disk.files(".spool")
    os.truncate(file, file.stat().st_size - 1)
    following = disk.open()
    following.adopt()
    assert take(following, adopted=True) == ["a", "b"]
    assert (take(following, adopted=True), take(following, adopted=True)) == ([], None)
    assert (disk.drops.by_reason(), disk.files("")) == ({"corrupt": 3}, [])


def test_what_somebody_deleted_is_counted(disk):
    spool = disk.open()
    put(spool, "a", "b")
    disk.files(".spool")[0].unlink()
    assert (take(spool), take(spool), disk.drops.by_reason()) == ([], None, {"corrupt": 2})
    assert put(spool, "c")
    assert take(spool) == ["c"]


def test_what_is_older_than_a_week_is_not_sent_but_counted(disk):
    spool = disk.open()
    put(spool, "a", "b")
    spool.close()
    disk.now = MAX_AGE_S + 60
    late = disk.open()
    late.adopt()
    assert (take(late, adopted=True), take(late, adopted=True)) == ([], None)
    assert disk.drops.by_reason() == {"expired": 2}


def test_a_folder_that_cannot_be_made_is_one_line_and_no_error(disk, caplog):
    disk.folder.parent.parent.mkdir(exist_ok=True)
    disk.folder.parent.write_text("a file")
    spool = disk.open()
    assert [put(spool, "a"), put(spool, "b"), spool.append_report(b"{}")] == [False] * 3
    spool.adopt()
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith(f"cannot write the spool in {disk.folder}: ")


@pytest.mark.parametrize("kind", ["link", "file"])
def test_a_folder_that_is_none_is_not_followed(disk, kind, caplog):
    disk.folder.parent.mkdir()
    if kind == "link":
        disk.folder.symlink_to(disk.folder.parent)
    else:
        disk.folder.write_text("")
    assert not put(disk.open(), "a")
    assert "it is no folder" in caplog.text or "File exists" in caplog.text


def test_a_folder_of_another_user_is_not_used(disk, monkeypatch, caplog):
    monkeypatch.setattr(_spool.os, "getuid", lambda: -1)
    assert not put(disk.open(), "a")
    assert "it belongs to another user" in caplog.text


def test_where_there_are_no_users_the_folder_is_used(disk, monkeypatch):
    monkeypatch.delattr(_spool.os, "getuid")
    assert put(disk.open(), "a")


class FailingDisk:
    """Stands for a disk that is full after so many bytes, or fails altogether."""

    def __init__(self, monkeypatch, room: int | None) -> None:
        self.room = room
        self._write = os.write
        monkeypatch.setattr(_spool_series.os, "write", self)

    def __call__(self, descriptor: int, data: bytes) -> int:
        if self.room is None:
            raise OSError(errno.EIO, "Input/output error")
        fitting = data[: self.room]
        self.room -= len(fitting)
        if data and not fitting:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._write(descriptor, fitting)


def test_a_disk_that_is_full_keeps_what_was_written_and_is_tried_again_later(disk, monkeypatch, caplog):
    spool = disk.open()
    put(spool, "a")
    with monkeypatch.context() as patch:
        FailingDisk(patch, room=10)
        assert [put(spool, "b"), put(spool, "c")] == [False, False]
    spool._retry_at = float("-inf")
    assert put(spool, "d")
    assert ([take(spool), take(spool)], disk.drops.by_reason()) == ([["a"], ["d"]], {})
    assert [message.partition(": ")[2].partition(";")[0] for message in caplog.messages] == [
        "no space left for the spool"
    ]


@pytest.mark.parametrize("room", [None, 0, 10])
def test_a_disk_on_which_not_even_a_head_fits_leaves_no_file(disk, monkeypatch, room):
    spool = disk.open()
    with monkeypatch.context() as patch:
        FailingDisk(patch, room=room)
        assert not put(spool, "a")
    assert (spool.has_own, disk.files(".spool")) == (False, [])


def test_a_disk_that_cannot_be_read_is_left_to_the_next(disk, monkeypatch):
    spool, killed = disk.open(), disk.open()
    put(spool, "a")
    put(killed, "b")
    kill(killed)
    spool.adopt()
    with monkeypatch.context() as patch:
        patch.setattr("builtins.open", lambda *_: (_ for _ in ()).throw(OSError(errno.EIO, "Input/output error")))
        assert (take(spool), take(spool, adopted=True)) == (None, None)
    following = disk.open()
    following.adopt()
    assert sorted(take(following, adopted=True) + take(following, adopted=True)) == ["a", "b"]


def test_what_cannot_be_marked_as_delivered_is_not_delivered_again_by_this_process(disk, monkeypatch, caplog):
    killed = disk.open()
    put(killed, "a")
    kill(killed)
    spool = disk.open()
    spool.adopt()
    with monkeypatch.context() as patch:
        patch.setattr(_spool_series.os, "unlink", lambda _: (_ for _ in ()).throw(OSError(errno.EROFS, "Read-only")))
        assert take(spool, adopted=True) == ["a"]
        assert take(spool, adopted=True) is None
    spool.adopt()
    assert (spool.has_adopted, "Read-only" in caplog.text) == (False, True)


def test_a_child_does_not_touch_what_is_its_parents(disk):
    parent = disk.open()
    put(parent, "a")
    spare = os.dup(parent._own._lock)  # the parent's descriptors go on beside those that the child closes
    parent.after_fork_in_child()
    child = disk.open()
    child.adopt()
    assert (child.has_adopted, put(parent, "b")) == (False, False)
    os.close(spare)


def test_a_lock_whose_file_was_removed_meanwhile_is_none(tmp_path, monkeypatch):
    path = str(tmp_path / "a.lock")
    monkeypatch.setattr(_spool_lock.os.path, "samestat", lambda *_: False)
    assert _spool_lock.take(path, is_new=True) is None
    monkeypatch.setattr(_spool_series._spool_lock, "take", lambda *_, **__: None)
    with pytest.raises(OSError, match="is taken"):
        _spool_series.Series.create(str(tmp_path))


def test_a_file_that_a_killed_process_had_only_made_is_removed(disk):
    killed = disk.open()
    put(killed, "a")
    kill(killed)
    (file,) = disk.files(".spool")
    os.truncate(file, 0)
    following = disk.open()
    following.adopt()
    assert (take(following, adopted=True), disk.files(""), disk.drops.by_reason()) == (None, [], {})


def test_what_is_said_twice_is_done_once(disk):
    spool = disk.open()
    put(spool, "a")
    taken = spool.peek(adopted=False, **ALL)
    spool.advance(taken)
    spool.advance(taken)
    spool.close()
    spool.close()
    assert (spool.waiting_spans, disk.files("")) == (0, [])


class SpoolMachine(RuleBasedStateMachine):
    """Two processes over one folder against two lists; any of them may be killed at any moment."""

    @initialize(folder=st.uuids())
    def begin(self, folder) -> None:
        self.disk = Disk(Path(tempfile.mkdtemp()) / str(folder))
        self.spools = [self.disk.open(), self.disk.open()]
        self.own: list[deque[str]] = [deque(), deque()]
        self.orphans: list[deque[str]] = []
        self.adopted: list[list[deque[str]]] = [[], []]
        self.number = 0

    @rule(who=st.integers(0, 1), count=st.integers(1, 4))
    def write(self, who, count) -> None:
        names = [f"s{self.number + place}" for place in range(count)]
        self.number += count
        assert put(self.spools[who], *names)
        self.own[who].extend(names)

    @rule(who=st.integers(0, 1), limit=st.integers(1, 6))
    def deliver(self, who, limit) -> None:
        self._matches(self.own[who], take(self.spools[who], max_spans=limit))

    @rule(who=st.integers(0, 1))
    def deliver_adopted(self, who) -> None:
        got = take(self.spools[who], adopted=True)
        if got is None:
            assert not any(self.adopted[who])
            return
        (series,) = [series for series in self.adopted[who] if series and series[0] == got[0]]
        self._matches(series, got)

    @rule(who=st.integers(0, 1), ending=st.sampled_from([kill, Spool.close]))
    def end(self, who, ending) -> None:
        ending(self.spools[who])
        self.orphans += [series for series in (self.own[who], *self.adopted[who]) if series]
        self.spools[who], self.own[who], self.adopted[who] = self.disk.open(), deque(), []

    @rule(who=st.integers(0, 1))
    def adopt(self, who) -> None:
        self.spools[who].adopt()
        self.adopted[who] += self.orphans
        self.orphans = []

    @rule(who=st.integers(0, 1))
    def look_without_delivering(self, who) -> None:
        taken = self.spools[who].peek(adopted=False, **ALL)
        assert (taken is None) == (not self.own[who])

    @invariant()
    def nothing_is_lost(self) -> None:
        if hasattr(self, "disk"):
            assert self.disk.drops.by_reason() == {}
            assert [spool.waiting_spans for spool in self.spools] == [len(own) for own in self.own]

    @staticmethod
    def _matches(expected: deque[str], got: list[str] | None) -> None:
        assert (got is None) == (not expected)
        assert (got or []) == [expected.popleft() for _ in got or []]

    def teardown(self) -> None:
        for spool in getattr(self, "spools", []):
            spool.close()


TestSpoolMachine = SpoolMachine.TestCase
TestSpoolMachine.settings = settings(max_examples=60, stateful_step_count=30)
