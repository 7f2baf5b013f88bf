"""Programs that send: each in a process of its own, told where to send as a user would tell it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from e2e.api import Api
from e2e.server_process import ROOT, clean_environment

PROGRAMS = Path(__file__).parent / "programs"
TIMEOUT_S = 60


def otel_settings(api: Api) -> dict[str, str]:
    """What README.md says to export for OpenTelemetry, and compression."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": api.url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization=Bearer%20{api.key}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
    }


def sdk_settings(api: Api) -> dict[str, str]:
    return {"THREADLINE_DSN": f"{api.url.replace('://', f'://{api.key}@')}/default"}


def run_program(program: Path, environment: dict[str, str]) -> str:
    """What it printed. It has to end well and say nothing on standard error."""
    return _output([sys.executable, str(program)], environment, ROOT)


def run_shell(script: str, folder: Path) -> str:
    """What a shell printed that was given ``script``."""
    return _output(["sh", "-euc", script], {}, folder)


def readme_blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)


def pointed_at(api: Api, text: str) -> str:
    """A block of the documentation, with the server and the key of a test."""
    return (
        text.replace("http://127.0.0.1:4318", api.url).replace("127.0.0.1:4318", api.url[7:]).replace("pk_xxx", api.key)
    )


def _output(command: list[str], environment: dict[str, str], folder: Path) -> str:
    ended = subprocess.run(
        command,
        env=clean_environment() | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert (ended.returncode, ended.stderr, ended.stdout) == (0, "", ended.stdout)
    return ended.stdout
