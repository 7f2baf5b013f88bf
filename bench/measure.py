"""Measures a server of this checkout and compares the figures with budgets.toml: ``make bench``.

The workload, its truth and the clients are sessionbench's (beside the project, or where SESSIONBENCH says); this script
starts the server through it, adds the paced run, and prints one line per figure. Quiet machine, please: what other
processes used meanwhile is printed as noise.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tomllib
from typing import Any

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent
PORT = 4398
KEY = "pk_bench_0123456789abcdef0123456789abcdef"
NOT_PAGES = {"aggregates over the period"}
"""Timed by sessionbench, and not one of the lists and pages that have a budget."""


def sessionbench() -> pathlib.Path:
    """The folder that holds the package."""
    folder = pathlib.Path(os.environ.get("SESSIONBENCH", ROOT.parent / "shared" / "bench"))
    if not (folder / "sessionbench").is_dir():
        sys.exit(f"cannot find sessionbench in {folder}: set SESSIONBENCH to the folder that holds it")
    return folder


def workload(size: str, seed: int) -> pathlib.Path:
    """The bodies of this size and seed, generated once a day: they end today."""
    data = HERE / "data" / f"{size}-{seed}"
    stamp = data / "made"
    today = subprocess.run(["date", "-u", "+%F"], check=True, capture_output=True, text=True).stdout
    if not stamp.exists() or stamp.read_text() != today:
        run_module("sessionbench.gen", "--size", size, "--seed", str(seed), "--out", str(data))
        stamp.write_text(today)
    return data


def run_module(module: str, *arguments: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(sessionbench()), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, env=environment)


def spec() -> dict[str, Any]:
    """How sessionbench starts the server."""
    base = f"http://127.0.0.1:{PORT}"
    data = HERE / "run" / "threadline"
    command = [str(ROOT / ".venv" / "bin" / "threadline"), "serve", "--port", str(PORT), "--data-dir", str(data)]
    return {
        "driver": "threadline",
        "base": base,
        "health": f"{base}/healthz",
        "data": str(data),
        "cmd": command,
        "env": {"THREADLINE_API_KEY": KEY},
        "query_headers": {"Authorization": f"Bearer {KEY}"},
    }


def measure(size: str, seed: int, phases: str) -> dict[str, Any]:
    """sessionbench's result for one size."""
    (HERE / "run").mkdir(exist_ok=True)
    (HERE / "results").mkdir(exist_ok=True)
    spec_file = HERE / "run" / "spec.json"
    spec_file.write_text(json.dumps(spec()))
    out = HERE / "results" / f"{size}-{seed}.json"
    run_module(
        "sessionbench.run", "--spec", str(spec_file), "--data", str(workload(size, seed)), "--out", str(out),
        "--phases", phases, "--concurrency", "4", "--settle", "3",
    )  # fmt: skip
    result: dict[str, Any] = json.loads(out.read_text())
    return result


def figures(size: str, result: dict[str, Any]) -> dict[str, dict[str, float]]:
    """The figures that have a budget, by section."""
    load = result["load"]["4"]
    correct = load["correct"]
    pages = {name: timing for name, timing in load["queries"].items() if name not in NOT_PAGES}
    slowest = max(pages, key=lambda name: pages[name].get("p95_ms", float("inf")))
    print(f"  slowest page at {size}: {slowest}: {pages[slowest]}")
    found = {
        f"queries.{size}": {"p95_ms": pages[slowest].get("p95_ms", float("inf"))},
        "restart": {"ready_s": load["restart_with_data_s"]},
    }
    if size == "S":
        found["load"] = {
            "end_to_end_spans_per_s": load["end_to_end_spans_per_s"],
            "ack_p99_ms": load["load"]["latency_ms"]["p99"],
            "peak_rss_mb": load["peak_rss_mb"],
            "disk_bytes_per_span": load["disk_live_per_span"],
            "sessions_wrong": correct["sessions"] - correct["all_right"],
        }
    print(f"  noise at {size}: {load['noise']} while loading, {load['queries_noise']} while querying")
    return found


def compare(found: dict[str, dict[str, float]]) -> int:
    """Print each figure beside its budget; answer how many miss theirs."""
    budgets = tomllib.loads((HERE / "budgets.toml").read_text())
    missed = 0
    for section, numbers in found.items():
        budget: dict[str, Any] = budgets
        for part in section.split("."):
            budget = budget.get(part, {})
        for name, value in numbers.items():
            limits = budget.get(name, {})
            good = value <= limits.get("most", float("inf")) and value >= limits.get("least", float("-inf"))
            missed += not good
            bound = ", ".join(f"{kind} {limit:,}" for kind, limit in limits.items())
            print(f"{'ok    ' if good else 'MISSED'} {section:12} {name:26} {value:>12,}   ({bound or 'no budget'})")
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="S", help="comma-separated: XS, S, M")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--phases", default="load", help="of sessionbench: load,kill,term,mixed")
    parser.add_argument("--no-paced", action="store_true", help="leave out the run at 1,000 spans/s")
    arguments = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    for size in arguments.sizes.split(","):
        found |= figures(size, measure(size, arguments.seed, arguments.phases))
    if not arguments.no_paced:
        import paced

        sys.path.insert(0, str(sessionbench()))
        found["paced"] = paced.run(spec(), workload("S", arguments.seed), HERE / "results" / "paced.log")
    sys.exit(1 if compare(found) else 0)


if __name__ == "__main__":
    main()
