"""One request's way through the pipe, and the counts that law 7 asks for: received = stored + rejected."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from functools import partial
from typing import Final, TypeVar

import msgspec

from threadline_server.errors import BadRequest, ThreadlineError, Unavailable
from threadline_server.ingest import masked, reasons
from threadline_server.ingest.commit import Committer
from threadline_server.ingest.decode.otlp_drops import ClientDrop
from threadline_server.ingest.decode.pieces import WHOLE_BYTES, Cutter, Piece
from threadline_server.ingest.decode.piecewise import PartDecoder
from threadline_server.ingest.decode.session_file import To
from threadline_server.ingest.mask_book import no_masking
from threadline_server.ingest.merge import Merger
from threadline_server.ingest.prepare import (
    Decoder,
    LogDecoder,
    Outcome,
    Prepared,
    Restored,
    Terms,
    Unit,
    joined,
    pieces_of,
    prepare_logs,
    prepare_restored,
    prepare_spans,
)
from threadline_server.ingest.price_book import OwnPricesOf, no_own_prices
from threadline_server.ingest.refusals import RefusalLog
from threadline_server.ingest.turns import Turns
from threadline_server.ingest.workers import Workers
from threadline_server.masking.masker import masker_of
from threadline_server.masking.rules import MaskingRules

_Result = TypeVar("_Result")

CATCH_UP_S: Final = 60.0
LOOK_AGAIN_S: Final = 0.05


class Counts(msgspec.Struct, frozen=True):
    """Since the start of this process, per project: received = stored + rejected. ``ignored`` was accepted beside it."""

    received: int
    stored: int
    rejected: dict[str, int]
    ignored: dict[str, int] = {}


class Intake:
    """Decodes, normalises, prices and stores; answers when everything that was taken is on disk."""

    def __init__(
        self,
        committer: Committer,
        merger: Merger,
        own_prices_of: OwnPricesOf = no_own_prices,
        refusals: RefusalLog | None = None,
        workers: Workers | None = None,
        masking_of: Callable[[int], MaskingRules] = no_masking,
        has_room: Callable[[], bool] = lambda: True,
    ) -> None:
        self._committer = committer
        self._merger = merger
        self._own_prices_of = own_prices_of
        self._refusals = refusals
        self._workers = workers or Workers(0)
        self._masking_of = masking_of
        self._has_room = has_room
        self._is_behind: Callable[[], bool] = lambda: False
        self._turns = Turns(max(2, 2 * self._workers.count))
        self._lock = threading.Lock()
        self._stopped = False
        self._received: Counter[int] = Counter()
        self._rejected: dict[int, Counter[str]] = {}
        self._ignored: dict[int, Counter[str]] = {}

    def wait_while(self, is_behind: Callable[[], bool]) -> None:
        """Let the pieces of large bodies wait while this says that the roll-up is far behind; to be called before the start."""
        self._is_behind = is_behind

    async def take(
        self, project_id: int, decode: Decoder, body: bytes, *, unit: Unit = "span", cutter: Cutter | None = None
    ) -> Outcome:
        """Store what the body holds, and none of a unit of which a part is refused. ``cutter`` says where a large body may be cut.

        Raises ``BadRequest`` (nothing of the body can be read) or ``Unavailable`` (it is to be sent again).
        """
        prepare = partial(prepare_spans, project_id, self._terms(project_id), unit, decode)
        return await self._store(project_id, body, prepare, _cut(decode, cutter))

    async def take_logs(
        self, project_id: int, decode: LogDecoder, body: bytes, *, cutter: Cutter | None = None
    ) -> Outcome:
        """Store what the body's log records say of conversations. Raises ``BadRequest``, ``Unavailable``."""
        prepare = partial(prepare_logs, project_id, self._terms(project_id), decode)
        return await self._store(project_id, body, prepare, _cut(decode, cutter))

    async def take_restored(self, project_id: int, to: To, body: bytes) -> Restored:
        """Store the rows of a file of ours as they were; what else it says is in the outcome. Raises ``BadRequest``, ``Unavailable``."""
        outcome = await self._store(
            project_id, body, partial(prepare_restored, project_id, self._masking_of(project_id), to)
        )
        assert isinstance(outcome, Restored)  # noqa: S101 (it is what was prepared)
        return outcome

    async def recognised(self, project_id: int, recognise: Callable[[bytes], _Result], body: bytes) -> _Result:
        """What ``recognise`` says of the body, in a worker, since it may have to read all of it."""
        return await self._decoded(project_id, partial(recognise, body))

    async def take_metrics(
        self,
        project_id: int,
        count: Callable[[bytes], int],
        read_drops: Callable[[bytes], Sequence[ClientDrop]],
        body: bytes,
    ) -> None:
        """Store what clients report as dropped and count the other data points. Raises ``BadRequest``, ``Unavailable``."""
        points = await self._decoded(project_id, partial(count, body))
        drops = await self._decoded(project_id, partial(read_drops, body))
        if drops and self._refusals is not None:
            drops = masked.client_drops(self._masking_of(project_id), drops)
            await asyncio.to_thread(self._refusals.take_client_drops, project_id, drops)
        points -= len(drops)
        if not points:
            return
        with self._lock:
            self._ignored.setdefault(project_id, Counter())[reasons.METRIC] += points
        self._note_refused(project_id, reasons.METRIC, points, "")

    async def _store(
        self,
        project_id: int,
        body: bytes,
        prepare: Callable[[bytes], Prepared],
        in_pieces: Callable[[bytes], list[Piece]] | None = None,
    ) -> Outcome:
        with self._turns.admitted(project_id, len(body)):
            if in_pieces is None or len(body) <= WHOLE_BYTES:
                outcome = await self._stored(project_id, partial(prepare, body))
            else:
                pieces = await self._decoded(project_id, partial(in_pieces, body))
                outcome = joined(
                    [await self._stored_in_time(project_id, partial(prepare, piece.of(body))) for piece in pieces]
                )
        return self._counted(project_id, outcome)

    async def _stored_in_time(self, project_id: int, prepare: Callable[[], Prepared]) -> Outcome:
        """The next piece, once the roll-up is not too far behind: what it does not know yet is remembered trace by trace."""
        until = time.monotonic() + CATCH_UP_S
        while self._is_behind():
            if time.monotonic() > until:
                raise Unavailable(
                    "cannot store more of this body now: what came before it is being counted", retry_after_s=5
                )
            await asyncio.sleep(LOOK_AGAIN_S)
        return await self._stored(project_id, prepare)

    async def _stored(self, project_id: int, prepare: Callable[[], Prepared]) -> Outcome:
        stored: Future[None] | None = None
        with self._committer.expecting():
            load, outcome = await self._decoded(project_id, prepare)
            if load is not None:
                stored = self._committer.submit(load)
        if stored is not None:
            await asyncio.wrap_future(stored)
        return outcome

    async def take_parts(self, project_id: int, decode: PartDecoder, body: bytes) -> Outcome:
        """The same for wires that tell of a span in several messages, which are what is counted here."""
        refusals = {}
        with self._turns.admitted(project_id, len(body)):
            told = await self._decoded(project_id, partial(masked.told, decode, self._masking_of(project_id), body))
            if told.parts:
                refusals = await asyncio.wrap_future(self._merger.submit(project_id, [part for _, part in told.parts]))
        refused = {
            index: msgspec.structs.replace(refusals[part.wire, part.span_id], index=index)
            for index, part in told.parts
            if (part.wire, part.span_id) in refusals
        }
        drops = sorted([*told.drops, *refused.values()], key=lambda drop: drop.index)
        return self._counted(project_id, Outcome(len(told.ids), tuple(drops), tuple(told.ids)))

    def _counted(self, project_id: int, outcome: Outcome) -> Outcome:
        with self._lock:
            self._received[project_id] += outcome.received
            self._rejected.setdefault(project_id, Counter()).update(drop.reason for drop in outcome.rejected)
            if outcome.ignored:
                self._ignored.setdefault(project_id, Counter())[reasons.APART] += outcome.ignored
        for drop in outcome.rejected:
            self._note_refused(project_id, drop.reason, 1, drop.message)
        if outcome.ignored:
            self._note_refused(project_id, reasons.APART, outcome.ignored, "")
        return outcome

    async def _decoded(self, project_id: int, work: Callable[[], _Result]) -> _Result:
        if not self._has_room():
            raise Unavailable(
                "cannot store spans: the disk is full", hint="Free some disk space; sending resumes by itself."
            )
        async with self._turns.turn(project_id):
            with self._lock:
                if self._stopped:
                    raise Unavailable("cannot store spans: the server is stopping")
                decoding = self._workers.submit(work)
            try:
                return await asyncio.wrap_future(decoding)
            except BrokenExecutor as error:
                raise Unavailable(
                    "cannot store spans: the process that read them was killed", retry_after_s=1
                ) from error

    def _note_refused(self, project_id: int, reason: str, count: int, told: str) -> None:
        if self._refusals is not None:
            rules = self._masking_of(project_id)
            self._refusals.note(project_id, reason, count, masker_of(rules).text(told) if rules else told)

    @contextmanager
    def noting_refusals(self, project_id: int) -> Iterator[None]:
        """Takes note of a request that is refused as a whole for what its sender did."""
        try:
            yield
        except ThreadlineError as error:
            reason = reasons.UNREADABLE if isinstance(error, BadRequest) else error.code
            if reason in reasons.WHOLE_REQUESTS:
                self._note_refused(project_id, reason, 1, error.message)
            raise

    def _terms(self, project_id: int) -> Terms:
        return Terms(self._own_prices_of(project_id), self._masking_of(project_id))

    def write_refusals(self) -> None:
        """Write down what was refused so far. Raises Unavailable."""
        if self._refusals is not None:
            self._refusals.flush()

    def counts(self, project_id: int) -> Counts:
        """What was received, stored and rejected for a project."""
        with self._lock:
            rejected = dict(self._rejected.get(project_id, {}))
            received = self._received[project_id]
            ignored = dict(self._ignored.get(project_id, {}))
        return Counts(received, received - sum(rejected.values()), rejected, ignored)

    def totals(self) -> Counts:
        """The same over all projects."""
        with self._lock:
            received = self._received.total()
            rejected = sum(self._rejected.values(), Counter[str]())
            ignored = sum(self._ignored.values(), Counter[str]())
        return Counts(received, received - rejected.total(), dict(rejected), dict(ignored))

    def waiting_bytes(self) -> int:
        """Of bodies that have come and are not on disk yet."""
        return self._turns.waiting_bytes()

    def decoding_fault(self) -> str | None:
        """Why nothing can be decoded now; None where it can."""
        return self._workers.fault()

    def stop(self) -> None:
        """Finish what is being decoded and take nothing more."""
        with self._lock:
            self._stopped = True
        self._workers.stop()
        self._merger.stop()


def _cut(decode: Decoder | LogDecoder, cutter: Cutter | None) -> Callable[[bytes], list[Piece]] | None:
    """How a large body comes apart, where it may."""
    return None if cutter is None else partial(pieces_of, decode, cutter)
