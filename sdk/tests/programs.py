"""Programs in processes of their own, with a spool of their own: the end of a process, a kill and a fork need real ones."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Self

SOURCE = Path(__file__).parents[1] / "src"


class Program:
    """A running program that sends to `dsn`; use it as a context manager, so that none is left over."""

    def __init__(self, text: str, dsn: str, spool: Path, **environ: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", textwrap.dedent(text)],
            env=environment(dsn, spool) | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def read_line(self) -> str:
        """Waits for the next line that the program prints."""
        return self._process.stdout.readline().strip()

    def signal(self, number: int) -> int:
        """Sends a signal, waits for the end and returns the exit code."""
        self._process.send_signal(number)
        return self._process.wait(30)

    def end(self, within_s: float = 60.0) -> tuple[int, str]:
        """Waits for the end and returns the exit code, and what it printed as errors."""
        _, errors = self._process.communicate(timeout=within_s)
        return self._process.returncode, errors

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def environment(dsn: str, spool: Path) -> dict[str, str]:
    path = os.environ.get("PYTHONPATH", str(SOURCE))
    return {"THREADLINE_DSN": dsn, "THREADLINE_SPOOL_DIR": str(spool), "PYTHONPATH": path, "PATH": os.environ["PATH"]}


def run(text: str, dsn: str, spool: Path, **environ: str) -> tuple[int, str]:
    """Runs a program to its end; returns the exit code, and what it printed as errors."""
    with Program(text, dsn, spool, **environ) as program:
        return program.end()
