"""Hours, days, weeks and months of a time zone's calendar, as the moments at which they begin.

They are counted here and handed to the engine as bounds, so that both know the same calendar, and intervals in which nothing
began are there too. Where clocks change, a day has 23 or 25 hours, and the hour that comes twice is two intervals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from threadline_server.errors import BadRequest
from threadline_server.store.queries import Fragment

UNITS: Final = ("hour", "day", "week", "month")
MOST: Final = 2_400
"""Intervals of one answer: a hundred days of hours."""
BUCKET: Final = Fragment("roundDown(toUnixTimestamp64Nano(start_time), {interval_starts_ns:Array(Int64)})")
"""The interval in which a session began; the first one for those that began before it."""

_SECOND_NS: Final = 1_000_000_000
_SECOND: Final = dt.timedelta(seconds=1)
_HOUR: Final = dt.timedelta(hours=1)
_AFTER: Final = {
    "hour": _HOUR,
    "day": dt.timedelta(hours=36),
    "week": dt.timedelta(days=8),
    "month": dt.timedelta(days=32),
}
"""From the beginning of an interval to a moment after it: in the next one, or past it where that is an hour that clocks cut short."""
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@cache
def _known_zones() -> frozenset[str]:
    """Found out once: it reads the whole database of time zones, a quarter of a second."""
    return frozenset(available_timezones())


def time_zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises ``BadRequest``."""
    if name not in _known_zones():
        raise BadRequest(
            f"cannot read 'timeZone': {name[:40]!r} is no time zone",
            hint="Give an IANA name, for example Europe/Berlin.",
        )
    return ZoneInfo(name)


def starts_ns(unit: str, first_ns: int, last_ns: int, zone: ZoneInfo) -> list[int]:
    """When each interval begins that holds a moment of ``[first_ns, last_ns]``, in order. Raises ``BadRequest`` for too many."""
    found: list[int] = []
    for begin_ns in _from(unit, first_ns, zone):
        if begin_ns > last_ns:
            return found
        found.append(begin_ns)
        if len(found) > MOST:
            break
    raise BadRequest(
        f"cannot use interval {unit!r}: there are more than {MOST} of them between the first and the last",
        hint="Choose a longer interval, or narrow from and to.",
    )


def _from(unit: str, moment_ns: int, zone: ZoneInfo) -> Iterator[int]:
    begin = _begin_of(unit, _EPOCH + dt.timedelta(seconds=moment_ns // _SECOND_NS), zone)
    while True:
        yield (begin - _EPOCH) // dt.timedelta(seconds=1) * _SECOND_NS
        following = _begin_of(unit, begin + _AFTER[unit], zone)
        while (earlier := _begin_of(unit, following - _SECOND, zone)) > begin:  # where clocks change within an hour
            following = earlier
        begin = following


def _begin_of(unit: str, moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """In UTC. A midnight that does not exist is the moment at which the clocks jump over it; of one that comes twice, the first."""
    if unit == "hour":
        return _hour_of(moment, zone)
    local = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if unit == "week":
        local -= dt.timedelta(days=local.weekday())
    if unit == "month":
        local = local.replace(day=1)
    return local.astimezone(dt.UTC)


def _hour_of(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The same of an hour, which clocks that change within it cut in two (Chatham, Lord Howe)."""
    local = moment.astimezone(zone)
    begin = moment - dt.timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    if begin.astimezone(zone).utcoffset() == local.utcoffset():
        return begin
    changed = moment
    while changed - begin > _SECOND:
        middle = begin + (changed - begin) // _SECOND // 2 * _SECOND
        if middle.astimezone(zone).utcoffset() == local.utcoffset():
            changed = middle
        else:
            begin = middle
    return changed
