"""One session of many traces, exported and imported: is the copy equal, and how much memory does the server take meanwhile?

    .venv/bin/python bench/export_import.py [TRACES [FORMAT ...]]

Starts two servers of this checkout with data directories of their own, fills a session of the first over HTTP, exports it by
``threadline sessions export``, imports the ``jsonl`` into the second by ``threadline sessions import``, and compares session, export and
conversation. Prints one line per figure; exit code 1 if the copy differs.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

ROOT = pathlib.Path(__file__).parent.parent
KEY = "pk_bench_0123456789abcdef0123456789abcdef"
COMMAND = [sys.executable, "-m", "threadline_server.cli"]
PATH = os.pathsep.join((str(ROOT / "sdk" / "src"), str(ROOT / "server" / "src")))
ENVIRONMENT = os.environ | {"THREADLINE_API_KEY": KEY, "PYTHONPATH": PATH}
BATCH = 500
SESSION, SMALL = "long", "small"


class Server:
    def __init__(self, folder: pathlib.Path) -> None:
        port, grpc_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [*COMMAND, "serve", "--port", str(port), "--grpc-port", str(grpc_port), "--data-dir", str(folder)]
        self.process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
        while self.process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz") as answer:
                if answer.status == 200:
                    return
            time.sleep(0.1)
        sys.exit("the server did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def rss_mb(self) -> float:
        """Of the server's own process; those that decode have as much as they had."""
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024

    def call(self, path: str, body: Any = None) -> bytes:
        headers = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}{path}", data, headers)) as answer:
            return bytes(answer.read())

    def session(self, below: str = "", *, of: str = SESSION) -> Any:
        return json.loads(self.call(f"/observability/sessions/{of}{below}"))

    @contextlib.contextmanager
    def watched(self, what: str) -> Iterator[None]:
        """Prints how long it took and how the memory grew."""
        before, began, done = self.rss_mb(), time.monotonic(), threading.Event()
        peak = [before]

        def look() -> None:
            while not done.wait(0.05):
                peak[0] = max(peak[0], self.rss_mb())

        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()
            print(
                f"{what}: {time.monotonic() - began:.1f} s, server {before:.0f} MB before, {peak[0]:.0f} MB at most",
                flush=True,
            )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fill(server: Server, traces: int, session: str) -> None:
    for start in range(0, traces, BATCH):
        batch = [trace(number, session) for number in range(start, min(start + BATCH, traces))]
        server.call("/observability/traces", {"traces": batch})
    while server.session(of=session)["traceCount"] < traces:
        time.sleep(0.5)


def trace(number: int, session: str) -> dict[str, Any]:
    began = time.gmtime(1_760_000_000 + number * 20)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", began)
    return {
        "id": f"{session}-{number:06}", "name": "turn", "sessionId": session, "userId": "u", "startTime": f"{text}.000Z", "endTime": f"{text}.900Z",
        "tags": [f"tag-{number % 7}"],
        "observations": [
            {"id": "tool", "kind": "tool", "name": "look", "input": {"id": number}, "output": "shipped " * 20,
             "startTime": f"{text}.100Z", "endTime": f"{text}.200Z"},
            {"id": "model", "kind": "generation", "modelName": "gpt-4o", "promptTokens": 100 + number % 50, "completionTokens": 20,
             "input": [{"role": "user", "content": f"question {number} " + "word " * 100}],
             "output": {"role": "assistant", "content": f"answer {number} " + "word " * 50},
             "startTime": f"{text}.300Z", "endTime": f"{text}.800Z"},
        ],
    }  # fmt: skip


def run(server: Server, *arguments: str) -> None:
    subprocess.run([*COMMAND, "sessions", *arguments, "--url", server.url, "--key", KEY], env=ENVIRONMENT, check=True)


def main() -> int:
    traces = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        servers = [Server(here / "one")]
        try:
            fill(servers[0], traces, SESSION)
            fill(servers[0], traces // 10, SMALL)
            servers[0].stop()
            one, two = servers = [Server(here / "one"), Server(here / "two")]
            file, copy = here / "session.jsonl", here / "copy.jsonl"
            for form in sys.argv[2:] or ("jsonl", "json", "csv", "md", "otlp", "openai"):
                for session, count in ((SMALL, traces // 10), (SESSION, traces)):
                    with one.watched(f"export of {count} traces as {form}"):
                        run(one, "export", session, "-o", str(here / f"session.{form}"), "--format", form)
            print(f"size of the file: {file.stat().st_size / 1e6:.0f} MB", flush=True)
            with two.watched("import into an empty project"):
                run(two, "import", str(file))
                while two.session()["traceCount"] < traces:
                    time.sleep(0.2)
            run(two, "export", SESSION, "-o", str(copy), "--format", "jsonl")
            is_equal = file.read_bytes() == copy.read_bytes() and one.session() == two.session()
            is_equal = is_equal and one.session("/conversation?limit=200") == two.session("/conversation?limit=200")
            print(f"the copy is {'equal' if is_equal else 'NOT equal'}")
            return 0 if is_equal else 1
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    sys.exit(main())
