import hashlib
import string
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadline_server.errors import BadRequest
from threadline_server.identity.secret_text import check_chosen_key, digest, is_mistyped, new_key


@pytest.mark.parametrize("random", [bytes(24), b"\xff" * 24, bytes(range(24))])
def test_a_key_holds_192_bits_of_the_random_source_in_letters_and_digits(random):
    key = new_key(lambda count: random[:count])
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    number, checksum = (
        sum(digits.index(letter) * 62**place for place, letter in enumerate(part)) for part in (key[3:36], key[36:])
    )
    assert (len(key), number) == (42, int.from_bytes(random, "big"))
    assert checksum == zlib.crc32(key[:36].encode())


@given(st.integers(3, 41), st.sampled_from(string.ascii_letters + string.digits))
def test_one_wrong_letter_in_a_key_is_seen_without_asking_anybody(place, letter):
    key = new_key(lambda count: bytes(range(count)))
    assert is_mistyped(key[:place] + letter + key[place + 1 :]) == (letter != key[place])


@pytest.mark.parametrize("key", ["pk_12345678", "pk_" + "x" * 33, "pk_" + "x" * 38 + "-", "", "pk_"])
def test_a_key_of_another_form_has_no_checksum_that_could_be_wrong(key):
    assert not is_mistyped(key)


def test_a_mistyped_key_cannot_be_chosen():
    with pytest.raises(BadRequest, match="its checksum is wrong"):
        check_chosen_key("pk_" + "x" * 39)


@pytest.mark.parametrize("key", ["pk_12345678", "pk_local-development.key_~", "pk_" + "x" * 253])
def test_a_chosen_key_is_taken_as_it_is(key):
    assert check_chosen_key(key) == key


@pytest.mark.parametrize(
    "key", ["", "pk_", "pk_1234567", "sk_12345678", "12345678", "pk_1234567 8", "pk_12345678\n", "pk_ключключ", "pk_a@b:c/d%20", "pk_" + "x" * 254]
)  # fmt: skip
def test_a_key_that_would_not_fit_into_a_header_or_a_dsn_is_refused_with_the_rule(key):
    with pytest.raises(BadRequest) as refusal:
        check_chosen_key(key)
    assert refusal.value.message == (
        "cannot use the chosen API key: it must be pk_ followed by 8 to 253 letters, digits or any of . _ ~ -"
    )


def test_only_the_sha256_of_a_secret_is_kept():
    assert digest("pk_12345678") == hashlib.sha256(b"pk_12345678").digest()
