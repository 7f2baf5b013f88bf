from collections import Counter
from datetime import timedelta

import pytest

from threadline_server.demo.plan import DAYS, SESSIONS, Part, plan
from threadline_server.demo.script import Script

from .stage import NOW


@pytest.fixture(scope="module")
def parts(scripts: list[Script]) -> list[Part]:
    return plan(scripts, now=NOW, seed=2026)


def test_the_same_seed_and_moment_give_the_same_sessions(scripts: list[Script], parts: list[Part]) -> None:
    assert plan(scripts, now=NOW, seed=2026) == parts


def test_another_seed_gives_other_sessions(scripts: list[Script], parts: list[Part]) -> None:
    assert [part.session_id for part in plan(scripts, now=NOW, seed=7)] != [part.session_id for part in parts]


def test_on_another_day_the_same_things_go_wrong(scripts: list[Script], parts: list[Part]) -> None:
    later = plan(scripts, now=NOW + timedelta(days=100, hours=7), seed=2026)
    assert [(part.person, part.trouble) for part in later] == [(part.person, part.trouble) for part in parts]


def test_a_few_sessions_are_the_first_of_many_and_hold_every_application(
    scripts: list[Script], parts: list[Part]
) -> None:
    few = plan(scripts, now=NOW, seed=2026, sessions=8)
    assert few == parts[:8]
    assert {part.script.program.service for part in few} == {script.program.service for script in scripts}
    assert {"u-260", "u-395", "u-398"} <= {part.person.user for part in few}


def test_there_are_two_hundred_sessions_by_the_shares_of_the_applications(
    scripts: list[Script], parts: list[Part]
) -> None:
    played = Counter(part.script.program.service for part in parts)
    assert sum(played.values()) == SESSIONS == sum(script.program.share for script in scripts)
    assert all(abs(played[script.program.service] - script.program.share) <= 2 for script in scripts)


def test_session_ids_are_unique(parts: list[Part]) -> None:
    assert len({part.session_id for part in parts}) == SESSIONS


def test_sessions_start_within_the_two_weeks(parts: list[Part]) -> None:
    starts = [part.starts_at for part in parts]
    assert NOW - timedelta(days=DAYS) <= min(starts)
    assert max(starts) < NOW


def test_every_day_has_sessions(parts: list[Part]) -> None:
    assert len({(NOW - part.starts_at).days for part in parts}) == DAYS


def test_some_users_come_back_often(parts: list[Part]) -> None:
    assert Counter(part.person.user for part in parts).most_common(1)[0][1] >= 10


def test_a_new_release_replaces_the_old_one(parts: list[Part]) -> None:
    for part in parts:
        program = part.script.program
        is_new = part.starts_at > NOW - timedelta(days=program.release_days_ago)
        assert part.release == program.releases[is_new]
    assert {part.environment for part in parts} == {"production", "staging"}


def test_a_conversation_that_one_person_has_is_had_once(parts: list[Part]) -> None:
    rare = [part.person.user for part in parts if part.conversations[0].user]
    assert sorted(rare) == ["u-260", "u-395", "u-398"]
