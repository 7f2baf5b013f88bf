"""A real server in a process of its own: started, asked over HTTP, ended as a user or a crash would end it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from e2e.api import Api

KEY = "pk_e2e_0123456789abcdef0123456789abcdef"
START_S, END_S = 300.0, 120.0
"""Long, for a machine that has much else to do: what fails ends at once."""
ROOT = Path(__file__).parent.parent
OURS = ("THREADLINE_", "OTEL_", "OPENAI_")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment() -> dict[str, str]:
    """The environment without what the person who runs the tests has set for programs like ours.

    Nor may anything keep programs from leaving what they compiled: each of hundreds would compile its libraries again.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(OURS) and name != "PYTHONDONTWRITEBYTECODE"
    }


def threadline(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command of ``threadline`` that ends by itself, with what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "threadline_server.cli", *arguments],
        env=clean_environment() | environment,
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )


class ServerProcess:
    """``threadline serve`` on a free port with its data in ``data_dir``; the output goes to ``<data_dir>.log``."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.port, self.grpc_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir.with_suffix(".log")
        self._environment = clean_environment() | {"THREADLINE_API_KEY": KEY} | environment
        self._process: subprocess.Popen[bytes] | None = None
        self.started_by: tuple[str, ...] = ()
        """A program that starts it, with its arguments."""
        self.command = "serve"
        """Or ``demo``."""
        self.api = Api(self.url, KEY)

    @property
    def options(self) -> tuple[str, ...]:
        """The options that it runs with: for a second server, or for ``threadline doctor``."""
        ports = ("--port", str(self.port), "--grpc-port", str(self.grpc_port))
        return (*ports, "--data-dir", str(self.data_dir))

    def start(self) -> float:
        """Start and wait until it takes data; answers how long that took, in seconds."""
        began = time.monotonic()
        command = [*self.started_by, sys.executable, "-m", "threadline_server.cli", self.command, *self.options]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)
        while time.monotonic() - began < START_S:
            if self._process.poll() is not None:
                break
            try:
                if self.api.http.get("/healthz").is_success:
                    return time.monotonic() - began
            except httpx.TransportError:
                time.sleep(0.02)
        raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-3000:]}")

    def start_again(self, **environment: str) -> float:
        """Start with this in the environment too. A fault that ends it before it takes data ends the start: it is tried once more."""
        try:
            return self.start_once(**environment)
        except RuntimeError:
            return self.start()

    def start_once(self, **environment: str) -> float:
        """Start with this in the environment too."""
        self._environment |= environment
        return self.start()

    def ended(self) -> int:
        """The exit code, once it has ended without being told to."""
        assert self._process is not None
        return self._process.wait(END_S)

    def freeze(self, seconds: float) -> None:
        """Let it do nothing for a while, as a machine that sleeps or swaps."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """``kill -9``."""
        self._signal(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; answers the exit code."""
        return self._signal(signal.SIGTERM)

    def close(self) -> None:
        """Stop it if it runs, and hang up."""
        self.api.close()
        if self._process is not None and self._process.poll() is None:
            self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _signal(self, number: int) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(END_S)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
