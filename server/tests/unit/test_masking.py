"""What the built-in detectors find and leave, and what masking promises of any text."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadline_server.errors import BadRequest
from threadline_server.masking.masker import FAILED, Masker
from threadline_server.masking.rules import DETECTORS, MaskingRules, OwnPattern, checked

ALL = Masker(MaskingRules(DETECTORS, (OwnPattern("case", r"CASE-\d{4}"),)))
PRETTY = '{\n  "a": [1, 2.50, "x"]\n}'

FOUND = {
    "write to ann@example.com today": "write to [e-mail] today",
    "ann.o'hara+tag@sub.example.co.uk": "[e-mail]",
    "jörg@bücher.example": "[e-mail]",
    "mail=ann%40example.com&x=1": "mail=[e-mail]&x=1",
    "call +49 (171) 234-5678 now": "call [phone] now",
    "0049 171 2345678": "[phone]",
    "(212) 555-0147": "[phone]",
    "212-555-0147": "[phone]",
    "020 7946 0958": "[phone]",
    "0171-2345678": "[phone]",
    "4111 1111 1111 1111": "[card]",
    "pay 5500005555555559, please": "pay [card], please",
    "378282246310005": "[card]",
    "2223-0031-2200-3222": "[card]",
    "4111 1111 1111 1111 12 24": "[card] 12 24",
    "12 4111111111111111": "12 [card]",
    "DE89 3704 0044 0532 0130 00 AND MORE": "[iban] AND MORE",
    "gb29nwbk60161331926819": "[iban]",
    "sk-proj-abcdefghij0123456789": "[api key]",
    "key: AKIAIOSFODNN7EXAMPLE.": "key: [api key].",
    "ghp_" + "a1" * 18: "[api key]",
    "xoxb-123456789012-abcdefghij": "[api key]",
    "Authorization: Bearer abcdefghijklmnopqrstuvwxyz": "Authorization: [api key]",
    "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl": "[api key]",
    "-----BEGIN RSA PRIVATE KEY-----\nMII\nABC\n-----END RSA PRIVATE KEY----- rest": "[api key] rest",
    "-----BEGIN PRIVATE KEY-----\ncut off": "[api key]",
    "see CASE-1234": "see [case]",
    '{"to":"ann@example.com","n":1}': '{"to":"[e-mail]","n":1}',
    r'{"to":"ann\u0040example.com"}': '{"to":"[e-mail]"}',
    r'["line\nann@example.com"]': r'["line\n[e-mail]"]',
    '{"a":"{\\"b\\":\\"ann@example.com\\"}"}': '{"a":"{\\"b\\":\\"[e-mail]\\"}"}',
    '{"a":"ann@example.com","a":"x"}': '{"a":"x"}',
    '{"card":4111111111111111}': '{"card":"[card]"}',
}
LEFT = [
    "2026-11-26 23:45:00", "2026-11-26T23:45:00.123Z", "1700000000000000000", "1700000000000", "192.168.100.200", "127.0.0.1:4318",
    "4111 1111 1111 1112", "1234567890123", "DE88370400440532013000", "AB12 3456", "v1.2.3", "@decorator", "a@b", "sk-short",
    "00000000-0000-4000-8000-000000000001", "0" * 32, "5e-324", PRETTY, "task-scheduler-of-many-words", "price: 1,299.00 - 2,499.00",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), FOUND.items())
def test_what_a_detector_knows_is_replaced_and_nothing_else(text: str, expected: str) -> None:
    assert ALL.text(text) == expected


@pytest.mark.parametrize("text", LEFT)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert ALL.text(text) == text


def test_keys_are_masked_and_none_is_lost_when_two_become_alike() -> None:
    assert ALL.value({"a@b.example": 1, "c@d.example": {"e@f.example": "CASE-0001"}}) == {
        "[e-mail]": 1,
        "[e-mail] 2": {"[e-mail]": "[case]"},
    }


def test_names_of_attributes_are_left_alone_by_own_patterns_and_numbers_of_their_own_are_measurements() -> None:
    masker = Masker(MaskingRules(("email", "card"), (OwnPattern("any", r"\w+"),)))
    assert masker.attributes({"gen_ai.usage.input_tokens": 4111111111111111, "ann@example.com": "x"}) == {
        "gen_ai.usage.input_tokens": 4111111111111111,
        "[e-mail]": "[any]",
    }


@pytest.mark.parametrize("shape", ["(?i)case{}", "(?P<same>case{})", "case{}|file{}", "[a-z]{20}case{}(?s:.)"])
def test_many_patterns_find_what_each_of_them_finds(shape: str) -> None:
    own = [OwnPattern(f"p{number}", shape.replace("{}", str(number))) for number in range(50)]
    text = "case7 CASE8 file9 " + "a" * 20 + "case10!"
    one_by_one = text
    for each in own:
        one_by_one = Masker(MaskingRules((), (each,))).text(one_by_one)
    assert Masker(checked([], own)).text(text) == one_by_one != text


def test_what_cannot_be_looked_at_is_not_kept() -> None:
    nested = ["secret"]
    for _ in range(5_000):
        nested = [nested]
    assert (ALL.text("half \ud800 of a pair"), ALL.value(nested)) == (FAILED, FAILED)


@pytest.mark.parametrize(
    ("detectors", "patterns", "said"),
    [(["ssn"], [], "no such one"), ([], [("x", "(?=a)")], "invalid perl operator"), ([], [("x", "a*")], "the empty text"),
     ([], [("x", "(")], "missing"), ([], [("x", r"(a)\1")], "invalid escape"), ([], [("x", "")], "1 to 500"), ([], [("x", "a" * 501)], "1 to 500"),
     ([], [("", "a")], "names"), ([], [("[x]", "a")], "names"), ([], [("x", "a"), ("x", "b")], "unique"), ([], [("x", "((a{1,100}){1,100}){1,100}")], ""),
     ([], [(f"x{n}", "a") for n in range(51)], "at most 50"), ([], [("x", "\ud800")], "UTF-8")],
)  # fmt: skip
def test_what_is_no_rule_is_refused_with_the_reason(
    detectors: list[str], patterns: list[tuple[str, str]], said: str
) -> None:
    with pytest.raises(BadRequest) as refusal:
        checked(detectors, [OwnPattern(*pattern) for pattern in patterns])
    assert said in refusal.value.message


def test_f3_a_pattern_that_makes_others_backtrack_for_ever_reads_a_long_text_once() -> None:
    """With an engine that backtracks this test would not end."""
    masker = Masker(checked([], [OwnPattern("x", r"(a+)+b"), OwnPattern("y", r"(\w|\w\w)+\z!")]))
    text = "a" * 200_000
    assert masker.text(text) == text


@settings(max_examples=150, deadline=None)
@given(st.text(), st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_an_address_is_never_left_in_any_surroundings(before: str, after: str) -> None:
    masked = ALL.text(f"{before} canary@leak.example {after}")
    assert "canary@" not in masked
    assert "canary@" not in orjson.dumps(ALL.value({"a": [f"{masked}", {"b": " canary@leak.example "}]})).decode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99_999, 99_999) | st.text(st.characters(codec="utf-8", exclude_characters='@%+(0123456789[{"')),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc"), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_a_value_without_anything_to_mask_is_the_same_value(value: object) -> None:
    text = orjson.dumps(value)
    assert (ALL.value(value), ALL.json(text)) == (value, text if b"\\u" not in text else ALL.json(text))
