import pytest

from threadline_server.errors import TooManyRequests, Unauthenticated
from threadline_server.identity import SCOPES, Principal
from threadline_server.serve.bad_keys import BadKeys

OWNER = Principal(1, "default", SCOPES, 1)
HERE, THERE = "10.0.0.1", "10.0.0.2"


class Door:
    """Tries keys, of which one is right, from addresses."""

    def __init__(self):
        self.now_s = 0.0
        self.asked = 0
        self.right = {b"right"}
        self.bad_keys = BadKeys(lambda: self.now_s)

    def tries(self, key, address=HERE):
        """What it was answered."""

        def authenticate():
            self.asked += 1
            if key not in self.right:
                raise Unauthenticated("no")
            return OWNER

        try:
            self.bad_keys.watch(address, key, authenticate)
        except Unauthenticated:
            return 401
        except TooManyRequests as refusal:
            return 429, refusal.retry_after_s
        return 200


@pytest.fixture
def door():
    return Door()


def test_who_tries_one_key_after_the_other_is_not_even_looked_at_after_ten(door):
    assert [door.tries(b"%d" % number) for number in range(10)] == [401] * 10
    assert door.tries(b"right") == (429, 60)
    assert door.asked == 10


def test_one_wrong_key_again_and_again_keeps_no_other_out(door):
    assert [door.tries(b"old") for _ in range(12)] == [401] * 10 + [(429, 60)] * 2
    assert (door.tries(b"right"), door.tries(b"another")) == (200, 401)


def test_a_key_that_was_right_from_an_address_stays_welcome_there(door):
    door.tries(b"right")
    for number in range(10):
        door.tries(b"%d" % number)
    assert (door.tries(b"x"), door.tries(b"right")) == ((429, 60), 200)


def test_a_key_that_is_revoked_is_not_welcome_any_more(door):
    door.tries(b"right")
    door.right.clear()
    for number in range(9):
        door.tries(b"%d" % number)
    assert (door.tries(b"right"), door.tries(b"right")) == (401, (429, 60))


def test_another_address_is_not_kept_out(door):
    for number in range(11):
        door.tries(b"%d" % number)
    assert (door.tries(b"right", THERE), door.tries(b"x", THERE)) == (200, 401)


def test_after_a_minute_one_may_try_again(door):
    for number in range(10):
        door.now_s = float(number)
        door.tries(b"%d" % number)
    assert door.tries(b"x") == (429, 51)
    door.now_s = 60.0
    assert [door.tries(b"x"), door.tries(b"y")] == [401, (429, 1)]
    door.now_s = 200.0
    assert door.tries(b"right") == 200


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [("2001:db8::1", "2001:db8::2", True), ("2001:db8::1", "2001:db8:0:1::1", False), ("::ffff:10.0.0.1", HERE, True)],
)
def test_a_household_with_ipv6_is_one_address(door, first, second, is_same):
    for number in range(10):
        door.tries(b"%d" % number, first)
    assert (door.tries(b"x", second) == (429, 60)) == is_same


def test_what_is_remembered_is_bounded(door, monkeypatch):
    monkeypatch.setattr("threadline_server.serve.bad_keys.MAX_ADDRESSES", 100)
    monkeypatch.setattr("threadline_server.serve.bad_keys.MAX_WELCOME", 100)
    for number in range(300):
        door.tries(b"x", f"10.0.{number // 256}.{number % 256}")
        door.tries(b"right", f"10.0.{number // 256}.{number % 256}")
    assert (len(door.bad_keys._bad), len(door.bad_keys._welcome)) == (100, 100)
