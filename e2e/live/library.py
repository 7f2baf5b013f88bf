"""A program that uses somebody's library, told where to send by the page of the documentation about that library."""

from __future__ import annotations

import os
import re
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path

from e2e.api import Api
from e2e.client_process import pointed_at
from e2e.server_process import ROOT, clean_environment

PAGES = ROOT / "docs/ecosystems"
SDK = ROOT / "sdk/src"
PROGRAMS = Path(__file__).parent / "programs"
NODE = Path(__file__).parent / "node"
PYTHON = ROOT / ".venv-live/bin/python"
TIMEOUT_S = 120
ALONE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "TRACELOOP_TELEMETRY": "false", "PYTHONWARNINGS": "ignore"}
"""So that a library asks nobody but the stand-in for the model and the server."""


@dataclass(frozen=True)
class Section:
    """A part of a page below a heading of the second level: what a reader is told about one way of sending."""

    page: str
    heading: str

    @property
    def text(self) -> str:
        page = (PAGES / self.page).read_text()
        parts = {part.partition("\n")[0]: part for part in re.split(r"^## ", page, flags=re.MULTILINE)}
        return parts[self.heading]

    def blocks(self, language: str) -> list[str]:
        return re.findall(rf"^```{language}\n(.*?)^```$", self.text, re.DOTALL | re.MULTILINE)

    @property
    def exports(self) -> str:
        """What the reader is told to export."""
        return "".join(block for block in self.blocks("sh") if block.startswith("export "))

    @property
    def packages(self) -> list[str]:
        """What the reader is told to install with pip, without extras."""
        lines = re.findall(r"^pip install (.*)$", "".join(self.blocks("sh")), re.MULTILINE)
        return [name.strip("'").partition("[")[0] for line in lines for name in line.split()]


def model_settings(stub_url: str) -> dict[str, str]:
    """What sends the clients of OpenAI and Anthropic to a stand-in."""
    return {
        "OPENAI_BASE_URL": f"{stub_url}/v1",
        "OPENAI_API_KEY": "none",
        "ANTHROPIC_BASE_URL": stub_url,
        "ANTHROPIC_API_KEY": "none",
    }


def path_of(program: str) -> Path:
    return (NODE if program.endswith(".mjs") else PROGRAMS) / program


def run_live(program: str, section: Section, api: Api, models: dict[str, str], folder: Path) -> None:
    """Run it as the section says, with the server and the key of a test in place of those of the documentation."""
    path = path_of(program)
    if path.parent == NODE:
        command = f"setup/with_node.sh {NODE.relative_to(ROOT)} node {program}"
    else:
        copy = folder / program
        copy.write_text(pointed_at(api, path.read_text()))
        command = f"{PYTHON} {copy}"
    ended = subprocess.run(
        ["sh", "-euc", f"{pointed_at(api, section.exports)}\nexec {command}"],
        env=clean_environment() | ALONE | {"PYTHONPATH": f"{PROGRAMS}{os.pathsep}{SDK}"} | models,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def shown_elsewhere(section: Section, program: str) -> list[str]:
    """The code of the section that is not in its program as it stands, however deep it is indented there."""
    lines = path_of(program).read_text().splitlines()
    code = section.blocks("python") + section.blocks("js")
    return [block for block in code if not _stands_in(lines, block.splitlines())]


def _stands_in(lines: list[str], block: list[str]) -> bool:
    windows = (lines[start : start + len(block)] for start in range(len(lines) - len(block) + 1))
    return any(textwrap.dedent("\n".join(window)).splitlines() == block for window in windows)
