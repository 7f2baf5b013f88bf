"""G1: requests made from our OpenAPI description, right and wrong ones, against a server of its own: no 5xx, every answer as described.

    .venv/bin/python -m e2e.api_campaign --examples 200

Routes that end one's own key or never end an answer are left out. The seed is printed, so that a failure replays.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from e2e.server_process import KEY, ServerProcess, clean_environment

CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance"
LEFT_OUT = r"^/auth/|/live$|/keys/|/accounts|/invitations"
HEADER = f"Authorization: Bearer {KEY}"


def run(
    server: ServerProcess, examples: int, seed: int, *, only: str | None = None, phases: str = "examples,coverage,fuzzing"
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Schemathesis over the routes (those whose path matches ``only``), with its report as output."""
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json", "--header", HEADER, "--checks", CHECKS,
        "--max-examples", str(examples), "--seed", str(seed), "--phases", phases, "--exclude-path-regex", LEFT_OUT, "--no-color",
        "--generation-database", "none", "--suppress-health-check", "all", "--warnings", "off", "--request-timeout", "30",
        "--continue-on-failure", *(("--include-path-regex", only) if only else ()),
    ]  # fmt: skip
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env=clean_environment(), cwd=server.data_dir.parent
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=200, help="of each route")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder, ServerProcess(Path(folder) / "data") as server:
        done = run(server, arguments.examples, arguments.seed)
        print(done.stdout, done.stderr)
        failures = [line for line in server.log.read_text(encoding="utf-8").splitlines() if "BUG" in line]
        print("\n".join(failures[:20]))
    sys.exit(done.returncode or bool(failures))


if __name__ == "__main__":
    main()
