from datetime import timedelta

import pytest

from server.tests.identity.conftest import CHOSEN_KEY, START
from threadline_server.errors import BadRequest, Conflict, NotFound, Unavailable
from threadline_server.identity import SCOPES, ApiKey, Principal, Project
from threadline_server.identity.registry import MAX_ID, MAX_REMEMBERED, REMEMBERED_S

OWNER = Principal(1, "default", SCOPES, 1)


def _count_look_ups(identity, monkeypatch):
    """How often the database is read from here on."""
    looked_up = []
    reading = identity._database.reading

    def counted():
        looked_up.append(1)
        return reading()

    monkeypatch.setattr(identity._database, "reading", counted)
    return looked_up


def test_a_new_key_is_answered_with_its_text_and_works(identity):
    issued = identity.create_key(1, name=" ci ", scopes={"ingest", "read"})
    assert issued.key == ApiKey(2, 1, "ci", issued.secret[:7], frozenset({"ingest", "read"}), START, None, None)
    assert identity.authenticate(issued.secret) == Principal(1, "default", frozenset({"ingest", "read"}), 2)


@pytest.mark.parametrize(
    "secret", ["", "pk_", "pk_unknown-key", CHOSEN_KEY.upper(), CHOSEN_KEY + " ", CHOSEN_KEY[:-1], "pk_\ud800", "pk_" + "x" * 9999]
)  # fmt: skip
def test_a_text_that_is_no_key_is_nobody(identity, secret):
    assert identity.authenticate(secret) is None


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\x00b", "a\nb"])
def test_a_key_needs_a_name_that_can_be_printed(identity, name):
    with pytest.raises(BadRequest):
        identity.create_key(1, name=name, scopes={"read"})


@pytest.mark.parametrize("scopes", [set(), {"write"}, {"read", "Admin"}])
def test_a_key_needs_scopes_that_there_are(identity, scopes):
    with pytest.raises(BadRequest):
        identity.create_key(1, name="ci", scopes=scopes)


def test_a_key_ends_at_the_moment_that_it_was_made_for(identity, clock):
    issued = identity.create_key(1, name="ci", scopes={"read"}, expires_at=START + timedelta(days=1))
    clock.advance(days=1, milliseconds=-1)
    assert identity.authenticate(issued.secret) is not None
    clock.advance(seconds=REMEMBERED_S)
    assert identity.authenticate(issued.secret) is None


def test_a_browser_that_signed_in_with_a_key_is_out_when_the_key_expires(identity, clock):
    issued = identity.create_key(1, name="ci", scopes={"read"}, expires_at=START + timedelta(days=1))
    cookie = identity.start_web_session(identity.authenticate(issued.secret))
    assert identity.authenticate_web_session(cookie) is not None
    clock.advance(days=1)
    assert identity.authenticate_web_session(cookie) is None


def test_a_key_cannot_be_made_for_the_past(identity):
    with pytest.raises(BadRequest, match="not in the future"):
        identity.create_key(1, name="ci", scopes={"read"}, expires_at=START)


def test_a_key_and_the_one_that_succeeds_it_overlap(identity, clock):
    old = identity.create_key(1, name="ci", scopes={"read"}, expires_at=START + timedelta(days=90))
    clock.advance(days=10)
    new = identity.rotate_key(1, old.key.id, overlap=timedelta(hours=2))
    assert (new.key.name, new.key.scopes, new.key.expires_at) == ("ci", {"read"}, START + timedelta(days=100))
    assert [(key.expires_at, key.rotated_to) for key in identity.list_keys(1)][1] == (
        START + timedelta(days=10, hours=2),
        new.key.id,
    )
    clock.advance(hours=1)
    assert [identity.authenticate(key.secret).key_id for key in (old, new)] == [2, 3]
    clock.advance(hours=1)
    assert [identity.authenticate(key.secret) is None for key in (old, new)] == [True, False]


def test_an_overlap_does_not_lengthen_a_keys_life(identity, clock):
    old = identity.create_key(1, name="ci", scopes={"read"}, expires_at=START + timedelta(hours=1))
    identity.rotate_key(1, old.key.id)
    assert identity.find_key(old.secret).expires_at == START + timedelta(hours=1)


def test_a_key_is_succeeded_once_and_not_after_its_end(identity, clock):
    ends = identity.create_key(1, name="a", scopes={"read"}, expires_at=START + timedelta(hours=1)).key.id
    revoked, rotated = (identity.create_key(1, name=name, scopes={"read"}).key.id for name in "bc")
    identity.revoke_key(1, revoked)
    identity.rotate_key(1, rotated)
    clock.advance(hours=1)
    for key_id in (ends, revoked, rotated):
        with pytest.raises(Conflict, match=f"cannot rotate key {key_id}"):
            identity.rotate_key(1, key_id)
    with pytest.raises(NotFound):
        identity.rotate_key(2, 1)
    with pytest.raises(BadRequest):
        identity.rotate_key(1, 1, overlap=timedelta(days=31))


def test_a_key_that_was_seen_within_the_second_costs_no_look_up(identity, clock, monkeypatch):
    looked_up = _count_look_ups(identity, monkeypatch)
    for _ in range(5):
        identity.authenticate(CHOSEN_KEY)
        clock.advance(milliseconds=200)
    assert len(looked_up) == 1
    identity.authenticate(CHOSEN_KEY)
    assert len(looked_up) == 2


def test_a_revoked_key_is_refused_at_once(identity):
    assert identity.authenticate(CHOSEN_KEY) == OWNER
    identity.revoke_key(1, 1)
    assert identity.authenticate(CHOSEN_KEY) is None


def test_a_key_that_another_process_revoked_is_refused_after_a_second(opened, settings, identity, clock):
    assert identity.authenticate(CHOSEN_KEY) == OWNER
    opened(settings).revoke_key(1, 1)
    clock.advance(milliseconds=999)
    assert identity.authenticate(CHOSEN_KEY) == OWNER
    clock.advance(milliseconds=1)
    assert identity.authenticate(CHOSEN_KEY) is None


def test_a_key_that_was_asked_for_before_it_was_made_works_at_once(identity):
    assert identity.authenticate("pk_made-later") is None
    identity.create_key(1, name="later", scopes={"read"}, secret="pk_made-later")
    assert identity.authenticate("pk_made-later") == Principal(1, "default", frozenset({"read"}), 2)


def test_an_answer_read_before_a_revocation_is_not_remembered_after_it(identity, monkeypatch):
    reading = identity._database.reading

    def overtaken():
        connection = reading()
        identity._forget()
        return connection

    monkeypatch.setattr(identity._database, "reading", overtaken)
    assert identity.authenticate(CHOSEN_KEY) == OWNER
    assert identity._remembered == {}


def test_what_is_remembered_is_bounded(identity):
    identity._remembered = {("key", number.to_bytes(4, "big")): (1e9, OWNER) for number in range(MAX_REMEMBERED)}
    identity.authenticate(CHOSEN_KEY)
    assert len(identity._remembered) == 1


def test_the_use_of_a_key_is_noted_once_a_minute(identity, clock):
    used = []
    identity._later.submit = lambda _write, key_id, now: used.append((key_id, now))
    for _ in range(50):
        identity.authenticate(CHOSEN_KEY)
        clock.advance(seconds=3)
    assert used == [(1, START), (1, START + timedelta(minutes=1)), (1, START + timedelta(minutes=2))]


def test_the_use_of_a_key_is_in_the_list(identity, clock, opened, settings):
    clock.advance(minutes=5)
    identity.authenticate(CHOSEN_KEY)
    identity.close()
    assert [key.last_used_at for key in opened(settings).list_keys(1)] == [START + timedelta(minutes=5)]


def test_keys_are_listed_by_project_and_page(identity):
    shop = identity.create_project("shop").project
    for name in ("a", "b", "c"):
        identity.create_key(1, name=name, scopes={"read"})
    assert [key.name for key in identity.list_keys(1)] == ["first key", "a", "b", "c"]
    assert [key.name for key in identity.list_keys(1, after=1, limit=2)] == ["a", "b"]
    assert [key.name for key in identity.list_keys(shop.id)] == ["first key"]


def test_a_revoked_key_stays_in_the_list_with_the_time_of_its_first_revocation(identity, clock):
    identity.revoke_key(1, 1)
    clock.advance(hours=1)
    identity.revoke_key(1, 1)
    assert [key.revoked_at for key in identity.list_keys(1)] == [START]


@pytest.mark.parametrize("key_id", [2, 3, 0, -1, MAX_ID + 1, 10**30])
def test_a_key_of_another_project_cannot_be_revoked(identity, key_id):
    made = identity.create_project("shop")
    assert made.first_key.key.id == 2
    with pytest.raises(NotFound):
        identity.revoke_key(1, key_id)
    assert identity.authenticate(made.first_key.secret) == Principal(2, "shop", SCOPES, 2)


def test_a_project_comes_with_a_key_of_its_own(identity):
    made = identity.create_project("shop")
    assert made.project == Project(2, "shop", START)
    assert identity.authenticate(made.first_key.secret) == Principal(2, "shop", SCOPES, 2)
    assert [project.name for project in identity.list_projects()] == ["default", "shop"]


@pytest.mark.parametrize("name", ["", "Shop", "a b", "a/b", "-a", "x" * 64, "läden", "shop\n"])
def test_a_project_name_fits_into_an_address(identity, name):
    with pytest.raises(BadRequest):
        identity.create_project(name)


def test_a_project_name_is_given_once_and_a_refused_one_leaves_nothing(identity):
    with pytest.raises(Conflict):
        identity.create_project("default")
    with pytest.raises(Conflict):
        identity.create_project("shop", secret=CHOSEN_KEY)
    assert [project.name for project in identity.list_projects()] == ["default"]


def test_a_login_token_works_once_and_within_the_hour(identity, clock):
    token, late = identity.create_login_token(OWNER), identity.create_login_token(OWNER)
    assert identity.redeem_login_token(token) == Principal(1, "default", SCOPES, None)
    assert identity.redeem_login_token(token) is None
    clock.advance(hours=1)
    assert identity.redeem_login_token(late) is None


def test_a_web_session_lasts_thirty_days(identity, clock):
    token = identity.start_web_session(OWNER)
    clock.advance(days=30, milliseconds=-1)
    assert identity.authenticate_web_session(token) == OWNER
    clock.advance(seconds=1)
    assert identity.authenticate_web_session(token) is None


def test_a_web_session_ends_with_the_key_that_started_it(identity):
    token = identity.start_web_session(OWNER)
    linked = identity.start_web_session(Principal(1, "default", SCOPES, None))
    assert identity.authenticate_web_session(token) == OWNER
    identity.revoke_key(1, 1)
    assert identity.authenticate_web_session(token) is None
    assert identity.authenticate_web_session(linked) == Principal(1, "default", SCOPES, None)


def test_a_web_session_that_was_ended_is_refused_at_once(identity):
    token = identity.start_web_session(OWNER)
    assert identity.authenticate_web_session(token) == OWNER
    identity.end_web_session(token)
    assert identity.authenticate_web_session(token) is None


def test_neither_kind_of_secret_is_taken_for_the_other(identity):
    token = identity.start_web_session(OWNER)
    identity.authenticate(CHOSEN_KEY)
    assert [identity.authenticate(token), identity.authenticate_web_session(CHOSEN_KEY)] == [None, None]
    assert [identity.redeem_login_token(token), identity.redeem_login_token(CHOSEN_KEY)] == [None, None]


@pytest.mark.of_a_file
def test_a_database_that_cannot_be_read_is_a_passing_failure(identity, settings):
    with identity._database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE api_keys")
    with pytest.raises(Unavailable) as failure:
        identity.authenticate(CHOSEN_KEY)
    assert failure.value.message == "cannot read the keys and projects: their database does not answer"
