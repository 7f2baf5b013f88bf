import hashlib
import string

import pytest

from threadline_server.errors import BadRequest
from threadline_server.identity.secret_text import check_chosen_key, digest, new_key


@pytest.mark.parametrize("random", [bytes(24), b"\xff" * 24, bytes(range(24))])
def test_a_key_holds_192_bits_of_the_random_source_in_letters_and_digits(random):
    key = new_key(lambda count: random[:count])
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    number = sum(digits.index(letter) * 62**place for place, letter in enumerate(key.removeprefix("pk_")))
    assert (len(key), number) == (36, int.from_bytes(random, "big"))


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
