import pytest

from threadline_server.errors import TooManyRequests
from threadline_server.serve.login_limit import BAD_LOGINS, MAX_ADDRESSES, LoginLimit


class Clock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


def _is_refused(limit, address):
    try:
        limit.check(address)
    except TooManyRequests:
        return True
    return False


def test_after_ten_bad_logins_an_address_has_to_wait_and_others_do_not():
    limit = LoginLimit(Clock())
    for _ in range(BAD_LOGINS):
        limit.check("10.0.0.1")
        limit.note_bad("10.0.0.1")
    assert [_is_refused(limit, address) for address in ("10.0.0.1", "10.0.0.2")] == [True, False]


def test_the_wait_ends_when_the_oldest_bad_login_is_a_minute_old():
    clock = Clock()
    limit = LoginLimit(clock)
    for _ in range(BAD_LOGINS):
        limit.note_bad("10.0.0.1")
        clock.seconds += 2
    with pytest.raises(TooManyRequests) as refusal:
        limit.check("10.0.0.1")
    assert (refusal.value.retry_after_s, refusal.value.hint) == (40, "Try again in 40 s.")

    clock.seconds += 40
    assert not _is_refused(limit, "10.0.0.1")
    limit.note_bad("10.0.0.1")
    assert _is_refused(limit, "10.0.0.1")


def test_the_addresses_of_one_ipv6_network_count_as_one():
    limit = LoginLimit(Clock())
    for number in range(BAD_LOGINS):
        limit.note_bad(f"2001:db8:0:1::{number:x}")
    assert [_is_refused(limit, address) for address in ("2001:db8:0:1:ffff::1", "2001:db8:0:2::1")] == [True, False]


def test_an_ipv4_address_counts_the_same_in_its_ipv6_spelling():
    limit = LoginLimit(Clock())
    for _ in range(BAD_LOGINS):
        limit.note_bad("::ffff:10.0.0.1")
    assert [_is_refused(limit, address) for address in ("10.0.0.1", "::ffff:10.0.0.2")] == [True, False]


def test_many_addresses_cannot_fill_the_memory():
    limit = LoginLimit(Clock())
    for number in range(MAX_ADDRESSES + 50):
        limit.note_bad(f"client-{number}")
    assert len(limit._bad) == MAX_ADDRESSES
