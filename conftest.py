"""For every test: what is there before the first of them stays, so that garbage is looked for among what they make only."""

from __future__ import annotations

import gc
import signal

import pytest

GC_THRESHOLDS = (20_000, 20, 20)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--clickhouse",
        action="store_true",
        help="tests of routes and wires reach the engine over HTTP, as a store on a ClickHouse server is reached",
    )
    parser.addoption("--postgresql", action="store_true", help="tests of keys and people keep them in PostgreSQL")


def pytest_configure() -> None:
    gc.disable()  # while all tests are imported
    # A shell that starts this in the background has it ignore interrupts, and so would every program that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    gc.enable()
