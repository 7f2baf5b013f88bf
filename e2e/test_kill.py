"""``kill -9`` while four clients send; the long form is ``python -m e2e.kill_campaign``."""

from dataclasses import replace
from pathlib import Path

from e2e.kill_campaign import Report, run


def test_nothing_acknowledged_is_lost_or_doubled_when_the_server_is_killed(tmp_path: Path) -> None:
    report = run(tmp_path / "data", cycles=4, seed=20261123, spans=300)
    assert report.acked_spans > 0
    measured = replace(report, acked_spans=0, slowest_start_s=0)
    assert measured == Report(
        cycles=4, acked_spans=0, lost_spans=0, doubled_spans=0, wrong_sessions=0, slowest_start_s=0, refused=()
    )
