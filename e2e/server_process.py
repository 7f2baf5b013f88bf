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
from typing import Any, Self

import httpx

KEY = "pk_e2e_0123456789abcdef0123456789abcdef"
START_S = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServerProcess:
    """``threadline serve`` on a free port with its data in ``data_dir``; the output goes to ``<data_dir>.log``."""

    def __init__(self, data_dir: Path, **environment: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir.with_suffix(".log")
        self._environment = os.environ | {"THREADLINE_API_KEY": KEY} | environment
        self._process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=30, trust_env=False)

    def start(self) -> float:
        """Start and wait until it takes data; answers how long that took, in seconds."""
        began = time.monotonic()
        command = [sys.executable, "-m", "threadline_server.cli", "serve", "--port", str(self.port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--data-dir", str(self.data_dir)], env=self._environment, stdout=log, stderr=log
            )
        while time.monotonic() - began < START_S:
            if self._process.poll() is not None:
                break
            try:
                if self.http.get("/healthz").is_success:
                    return time.monotonic() - began
            except httpx.TransportError:
                time.sleep(0.02)
        raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """``kill -9``."""
        self._signal(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; answers the exit code."""
        return self._signal(signal.SIGTERM)

    def close(self) -> None:
        """Stop it if it runs, and hang up."""
        self.http.close()
        if self._process is not None and self._process.poll() is None:
            self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """The JSON of a read route under ``/observability``."""
        answer = self.http.get(f"/observability{path}", params=parameters)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def pages(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """Every row of a list, page after page."""
        rows: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **parameters, **cursor)
            rows += page["data"]
            if page["nextCursor"] is None:
                return rows
            cursor = {"cursor": page["nextCursor"]}

    def _signal(self, number: int) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(30)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
