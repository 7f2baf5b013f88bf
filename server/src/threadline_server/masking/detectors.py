"""The built-in detectors: text -> the same text, what they find replaced. Each reads a text in linear time.

What looks like a card or an account number must also have the right check digits, so that other numbers stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from threadline_server.masking.rules import compiled

Detector: TypeAlias = Callable[[str], str]

_EMAIL: Final = compiled(r"[\pL\pN._%+'-]+(?:@|%40)[\pL\pN-]+(?:\.[\pL\pN-]+)*\.\pL[\pL\pN-]*")
_PHONE: Final = compiled(
    r"(?:\+|\b00)[1-9](?:[ \x{a0}().\/-]{0,3}[0-9]){7,14}"  # with the code of its country
    r"|\(?\b[2-9][0-9]{2}\)?[ .-]{1,2}[0-9]{3}[ .-][0-9]{4}\b"  # North American
    r"|\(?\b0[1-9][0-9]{1,4}\)?[ -][0-9]{3,4}(?:[ -]?[0-9]{2,4}){1,3}\b"  # with the 0 of many other countries
)
_DIGITS: Final = compiled(r"[0-9](?:[ -]?[0-9]){12,}")
_DIGIT: Final = re.compile(r"[0-9][^0-9]{0,3}[0-9]")
_GROUP: Final = re.compile(r"[0-9]+")
_ISSUERS: Final = re.compile(r"3[04-9]|4|5[0-8]|6|2[2-7]")
_IBAN: Final = compiled(r"(?i)\b[a-z]{2}[0-9]{2} ?[0-9a-z]")
_API_KEY: Final = compiled(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|\z)"
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+"  # JSON Web Token
    r"|\b(?:sk|rk|pk)_(?:live|test)_[0-9A-Za-z]{16,}"  # Stripe
    r"|\b(?:sk|pk)-[\w-]{16,}"  # OpenAI, Anthropic, Langfuse and others
    r"|\b(?:pk|ak)_[0-9A-Za-z]{24,}"  # Threadline
    r"|\b(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}\b"  # Amazon
    r"|\bAIza[\w-]{35}|\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}"  # Google
    r"|\bgh[opsur]_[0-9A-Za-z]{30,}|\bgithub_pat_\w{22,}|\bglpat-[\w-]{20,}"  # GitHub, GitLab
    r"|\bxox[a-z]-[0-9A-Za-z-]{10,}|\bxapp-[0-9A-Za-z-]{10,}"  # Slack
    r"|\b(?:hf|npm|gsk|r8|lsv2_pt|lsv2_sk|pypi|dop_v1|tvly|pplx)[_-][\w-]{20,}"
    r"|\bSG\.[\w-]{16,}\.[\w-]{16,}"  # SendGrid
    r"|(?i:\bbearer )[\w.~+/-]{20,}=*"
)
_IBAN_LENGTHS: Final[Mapping[str, int]] = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS", 23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip


def _has_digits(text: str) -> bool:
    """Whether there are enough for any number: most texts are done with here, at a hundredth of the cost."""
    return len(text) > 6 and _DIGIT.search(text) is not None


def _email(text: str) -> str:
    return _EMAIL.sub("[e-mail]", text) if "@" in text or "%40" in text else text


def _phone(text: str) -> str:
    return _PHONE.sub("[phone]", text) if _has_digits(text) else text


def _api_key(text: str) -> str:
    return _API_KEY.sub("[api key]", text) if len(text) > 12 else text


def _card(text: str) -> str:
    return _DIGITS.sub(lambda found: _without_cards(found[0]), text) if _has_digits(text) else text


def _without_cards(run: str) -> str:
    """A run of digits in groups: a card is whole groups of it, 13 to 19 digits with the right check digit."""
    groups = [found.span() for found in _GROUP.finditer(run)]
    kept: list[str] = []
    place = first = 0
    while first < len(groups):
        start = groups[first][0]
        end = next((end for end in _ends(groups, first) if _is_card(run[start:end])), 0)
        if end:
            kept += [run[place:start], "[card]"]
            place = end
            while first < len(groups) and groups[first][0] < end:
                first += 1
        else:
            first += 1
    return "".join([*kept, run[place:]])


def _ends(groups: list[tuple[int, int]], first: int) -> list[int]:
    """Where a number of 13 to 19 digits may end that begins with this group; the longest first."""
    ends: list[int] = []
    digits = 0
    for start, end in groups[first : first + 19]:
        digits += end - start
        if digits > 19:
            break
        if digits >= 13:
            ends.append(end)
    return ends[::-1]


def _is_card(text: str) -> bool:
    digits = [int(digit) for digit in text if digit.isdigit()]
    doubled = [digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2]]
    return _ISSUERS.match(text) is not None and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _iban(text: str) -> str:
    if not _has_digits(text):
        return text
    kept: list[str] = []
    place = 0
    for found in _IBAN.finditer(text):
        if found.start() < place:
            continue
        end = _iban_end(text, found.start())
        if end:
            kept += [text[place : found.start()], "[iban]"]
            place = end
    return "".join([*kept, text[place:]]) if kept else text


def _iban_end(text: str, start: int) -> int:
    """Where the account number ends that begins here, in groups or not; 0 where there is none."""
    length = _IBAN_LENGTHS.get(text[start : start + 2].upper(), 0)
    held = ""
    place = start
    while len(held) < length and place < len(text):
        sign = text[place]
        if sign.isascii() and sign.isalnum():
            held += sign.upper()
        elif sign != " " or text[place - 1] == " ":
            return 0
        place += 1
    if not length or len(held) < length or (place < len(text) and text[place].isascii() and text[place].isalnum()):
        return 0
    number = "".join(str(int(sign, 36)) for sign in held[4:] + held[:4])
    return place if int(number) % 97 == 1 else 0


BY_NAME: Final[Mapping[str, Detector]] = {
    "apiKey": _api_key, "iban": _iban, "card": _card, "email": _email, "phone": _phone,
}  # fmt: skip
