"""What a store of 400,000 sessions and 6 million spans answers, and how long it takes: ``make bench-analytics``.

Fills a folder once (``fill.py``, some minutes), starts ``threadline serve`` on it and asks each question over HTTP: of every
one p50 and p95 in milliseconds, the least, the CPU time that the server spent for an answer (which other programs on the machine do
not change), and the most memory that it held meanwhile. A figure over its budget in budgets.toml fails the run.

    .venv/bin/python bench/analytics.py [--rounds 20] [--only WORD] [--sessions 400000] [--days 60]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx

HERE: Final = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from fill import Filling, filled, midnight  # noqa: E402

from e2e.server_process import ServerProcess  # noqa: E402

Question = tuple[str, str, str, list[tuple[str, str]]]
"""Section of budgets.toml, what it is, path below /observability, query string."""
GOALS: Final[Mapping[str, Any]] = {
    "checkout": {"traceName": "checkout"},
    "vip": {"tag": "vip"},
    "solved": {"outcome": "solved"},
    "without error": {"errorFree": True},
    "bought": {"sequence": [{"traceName": "search"}, {"traceName": "cart"}, {"traceName": "checkout"}]},
}
FUNNEL: Final = ["search", "cart", "checkout"]
DAYS: Final = 30
"""The last so many are asked about; of what has periods, compared with those before."""
CLOCK_TICKS: Final = os.sysconf("SC_CLK_TCK")


def window(made: Filling) -> list[tuple[str, str]]:
    first = made.until - timedelta(days=DAYS)
    return [("from", first.isoformat()), ("to", made.until.isoformat())]


def questions(made: Filling) -> Iterator[Question]:
    """All of them; those of a section have one budget."""
    month = window(made)
    yield from _analytics(month)
    yield from _journeys(month)
    for name, given in _filters(made).items():
        times = [] if any(parameter == "from" for parameter, _ in given) else month
        yield "list", f"filter {name}", "/sessions", [*times, *given]
    for sort in SORTS:
        for order in ("desc", "asc"):
            yield "list", f"sort {sort} {order}", "/sessions", [("sort", sort), ("order", order)]
    yield "list", "users", "/users", month
    yield "list", "traces", "/traces", month
    for name, text in SEARCHES.items():
        yield "search", f"all time, {name}", "/sessions", [("q", text)]
        yield "search", f"{DAYS} days, {name}", "/sessions", [("q", text), *month]


def _analytics(month: list[tuple[str, str]]) -> Iterator[Question]:
    totals = [("histogram", "false"), ("previous", "false")]
    yield "analytics", "sessions", "/analytics/sessions", month
    yield (
        "analytics",
        "sessions by day",
        "/analytics/sessions",
        [*month, ("interval", "day"), ("timeZone", "Europe/Berlin")],
    )
    yield "analytics", "sessions by hour, totals", "/analytics/sessions", [*month, *totals, ("interval", "hour")]
    yield "analytics", "sessions of one release", "/analytics/sessions", [*month, ("release", "2.11.0")]
    for group in ("model", "user", "tag", "environment", "release", "metadata.tenant", "goal"):
        yield "analytics", f"sessions by {group}", "/analytics/sessions", [*month, ("groupBy", group)]
    yield "analytics", "costs", "/analytics/costs", month
    for group in ("model", "user", "traceName", "tag", "tool", "environment", "release", "metadata.tenant"):
        yield "analytics", f"costs by {group}", "/analytics/costs", [*month, ("groupBy", group), ("include", "groups")]
    for part in ("top", "spikes"):
        yield "analytics", f"costs, {part}", "/analytics/costs", [*month, ("include", part)]
    yield "analytics", "compare two months", "/analytics/compare", month
    yield (
        "analytics",
        "compare two releases",
        "/analytics/compare",
        [*month, ("release", "2.11.0"), ("baseRelease", "2.10.0")],
    )


def _journeys(month: list[tuple[str, str]]) -> Iterator[Question]:
    steps = [("step", step) for step in FUNNEL]
    for name, given in {
        "by name": [],
        "by name, collapsed": [("collapse", "true")],
        "by tag": [("by", "tag")],
        "of one release": [("release", "2.11.0")],
    }.items():
        yield "analytics", f"journeys {name}", "/analytics/journeys", [*month, *given]
    for name, given in {
        "of three steps": [],
        "with a limit, by model": [("within", "600000"), ("groupBy", "model")],
        "with a tag": [("step", "tag:vip")],
    }.items():
        yield "analytics", f"funnel {name}", "/analytics/funnel", [*month, *steps, *given]
    yield "analytics", f"{len(GOALS)} goals", "/analytics/goals", month
    yield "analytics", "completion of one goal", "/analytics/sessions", [*month, ("completionGoal", "bought")]


SORTS: Final = (
    "lastActivity", "startTime", "duration", "activeDuration", "traceCount", "totalTokens", "totalCost", "errorCount",
)  # fmt: skip
SEARCHES: Final = {
    "a word in 5 % of turns": "parcel",
    "a word in nearly all": "the",
    "a rare word": "zanzibar",
    "a word that is nowhere": "xylophone",
    "two words": "parcel refunded",
    "a phrase": '"new york"',
    "a phrase of common words": '"to the"',
    "a beginning": "refund*",
    "a short, common beginning": "re*",
    "one without another": "parcel -refund*",
}


def _filters(made: Filling) -> dict[str, list[tuple[str, str]]]:
    one = {
        "userId": "user-77", "tag": "vip", "environment": "staging", "release": "2.11.0", "model": "gpt-5", "tool": "sql",
        "outcome": "solved", "status": "idle", "bookmarked": "true", "hasError": "true", "metadata.tenant": "tenant-12",
        "minCost": "0.1", "maxCost": "0.001", "minTokens": "20000", "minTraces": "40", "minDuration": "3600000",
        "goal": "bought",
    }  # fmt: skip
    return {
        "none": [],
        **{name: [(name, value)] for name, value in one.items()},
        "expression": [
            ("filter", 'cost > 0.05 and not goal("checkout") and tag in ("web", "vip") and model != "gpt-5"')
        ],
        "expression on text": [("filter", 'firstInput contains "parcel" or title exists')],
        "score": [("filter", 'score("helpful") = 1')],
        "a day": [
            ("from", (made.until - timedelta(days=9)).isoformat()),
            ("to", (made.until - timedelta(days=8)).isoformat()),
        ],
        "steps": [("fromStep", "search"), ("toStep", "cart")],
        "funnel": [*(("funnelStep", step) for step in FUNNEL), ("funnelStopped", "2")],
    }


class Watched:
    """What the server's process used."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def cpu_ms(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / CLOCK_TICKS

    def peak_mb(self) -> float:
        """Since the last reset."""
        status = Path(f"/proc/{self._pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    def reset_peak(self) -> None:
        Path(f"/proc/{self._pid}/clear_refs").write_text("5")


def ask(http: httpx.Client, path: str, given: Sequence[tuple[str, str]]) -> float:
    """Milliseconds until all of the answer is there."""
    began = time.perf_counter()
    answer = http.get(f"/observability{path}", params=list(given))
    took = (time.perf_counter() - began) * 1000
    if answer.status_code != httpx.codes.OK:
        raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:300]}")
    return took


def measure(http: httpx.Client, process: Watched, one: Question, rounds: int) -> dict[str, Any]:
    section, name, path, given = one
    ask(http, path, given)
    process.reset_peak()
    before = process.cpu_ms()
    times = sorted(ask(http, path, given) for _ in range(rounds))
    return {
        "section": section,
        "name": name,
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[min(len(times) - 1, int(0.95 * len(times)))], 1),
        "least_ms": round(times[0], 1),
        "cpu_ms": round((process.cpu_ms() - before) / rounds, 1),
        "peak_rss_mb": round(process.peak_mb()),
    }


def define_goals(http: httpx.Client) -> None:
    there = {goal["name"] for goal in http.get("/observability/goals").raise_for_status().json()["data"]}
    for name, when in GOALS.items():
        if name not in there:
            http.post("/observability/goals", json={"name": name, "when": when}).raise_for_status()


def verdict(row: Mapping[str, Any], budgets: Mapping[str, Any]) -> bool:
    return bool(row["p95_ms"] <= budgets[row["section"]]["p95_ms"]["most"])


def run(server: ServerProcess, made: Filling, rounds: int, only: str) -> list[dict[str, Any]]:
    """Ask all of it; print line by line."""
    budgets = tomllib.loads((HERE / "budgets.toml").read_text())["scale"]
    process, rows = Watched(server.pid), []
    define_goals(server.api.http)
    print(f"{'':6} {'':9} {'':36} {'p50':>7} {'p95':>7} {'least':>7} {'CPU ms':>7} {'RSS MB':>7}")
    for one in questions(made):
        if only in f"{one[0]} {one[1]}":
            row = measure(server.api.http, process, one, rounds)
            row["within"] = verdict(row, budgets)
            rows.append(row)
            told = " ".join(f"{row[name]:7,.0f}" for name in ("p50_ms", "p95_ms", "least_ms", "cpu_ms", "peak_rss_mb"))
            print(f"{'ok' if row['within'] else 'MISSED':6} {row['section']:9} {row['name']:36} {told}", flush=True)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=400_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", default="", help="questions whose section and name hold this")
    parser.add_argument("--data", type=Path, default=HERE / "data" / "analytics")
    given = parser.parse_args()
    made = filled(given.data, Filling(given.sessions, given.days, midnight()), any_day=True)
    load = os.getloadavg()[0]
    with ServerProcess(given.data) as server:
        rows = run(server, made, given.rounds, given.only)
        peak = max(row["peak_rss_mb"] for row in rows)
    most = tomllib.loads((HERE / "budgets.toml").read_text())["scale"]["peak_rss_mb"]["most"]
    print(f"{'ok' if peak <= most else 'MISSED':6} peak RSS of the server {peak:,} MB   (most {most:,})")
    print(f"       load of the machine before and after: {load:.1f}, {os.getloadavg()[0]:.1f}")
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "analytics.json").write_text(
        json.dumps({"load": [load, os.getloadavg()[0]], "rows": rows}, indent=1)
    )
    missed = sum(not row["within"] for row in rows) + (peak > most)
    print(f"{missed} of {len(rows) + 1} figures missed")
    return min(1, missed)


if __name__ == "__main__":
    sys.exit(main())
