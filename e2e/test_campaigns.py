"""The short form of each campaign; `make soak` runs the long ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from e2e import api_campaign, chaos_soak, decoder_campaign, isolation_campaign, model_campaign
from e2e.decoder_seeds import kept
from e2e.kill_campaign import Report
from e2e.server_process import ServerProcess

SEED = 20261126


def test_g1_requests_made_from_our_description_are_answered_as_described(server: ServerProcess) -> None:
    done = api_campaign.run(server, 1, SEED, only="/observability/(sessions|goals|settings|scores)", phases="fuzzing")
    assert done.returncode == 0, done.stdout + done.stderr


def test_g2_a_server_agrees_with_its_model_whatever_is_sent_erased_and_imported(server: ServerProcess) -> None:
    model_campaign.run(server, runs=6, steps=12, chance=SEED, most_ends=0)


@pytest.mark.parametrize("name", decoder_campaign.DECODERS)
def test_g3_any_bytes_are_read_or_refused(name: str) -> None:
    decoder_campaign.run_by_chance(name, SEED, inputs=100)


@pytest.mark.parametrize("name", decoder_campaign.DECODERS)
def test_g3_what_campaigns_found_is_read_or_refused(name: str) -> None:
    found = kept(name)
    assert found
    for body in found:
        decoder_campaign.check(name, body)


def test_g4_nothing_acknowledged_is_lost_or_doubled_in_chaos(tmp_path: Path) -> None:
    report = chaos_soak.run(tmp_path / "data", rounds=1, minutes=0, chance_seed=SEED)
    assert report.acked_spans > 0
    assert replace(report, acked_spans=0, slowest_start_s=0) == Report(1, 0, 0, 0, 0, 0, ())


def test_t19_no_request_shows_or_changes_what_is_another_projects(server: ServerProcess) -> None:
    found = isolation_campaign.run(server, requests=240, seed=SEED, holders=1, roles=("tells", "asks", "is empty"))
    assert found.leaks == []
    assert found.requests == 240
    assert found.statuses[200] > 0
