from datetime import date
from random import Random

import pytest

from threadline_server.demo.wording import Wording, draw_cast, draw_pattern

DAY = date(2026, 11, 23)


def wording(**slots: object) -> Wording:
    return Wording(Random(1), slots, DAY)


def test_one_of_several_phrases_is_said() -> None:
    said = {Wording(Random(seed), {}, DAY).text(["Hello.", "Hi."]) for seed in range(20)}
    assert said == {"Hello.", "Hi."}


def test_an_alternative_is_resolved_from_the_inside_out() -> None:
    said = {Wording(Random(seed), {}, DAY).text("Call {me {today|tomorrow}|nobody}.") for seed in range(40)}
    assert said == {"Call me today.", "Call me tomorrow.", "Call nobody."}


def test_a_slot_is_what_the_cast_says() -> None:
    assert wording(order="104711").text("Where is {order}?") == "Where is 104711?"


def test_money_has_cents() -> None:
    assert wording(price=134.5).text("${price}") == "$134.50"


def test_days_count_from_the_session() -> None:
    assert wording().text("{weekday}, {date-3}, {iso+10}") == "Monday, 20 November, 2026-12-03"


def test_a_slot_that_nobody_filled_is_an_error() -> None:
    with pytest.raises(KeyError, match="parcel"):
        wording().text("Where is {parcel}?")


def test_a_value_that_is_only_a_slot_keeps_its_type() -> None:
    filled = wording(price=134.5).value({"amount": "{price}", "why": ["paid {price}", None, 3]})
    assert filled == {"amount": 134.5, "why": ["paid 134.50", None, 3]}


def test_a_pattern_is_filled_by_digits_and_letters() -> None:
    drawn = draw_pattern("R-#?~", Random(1))
    assert drawn[:2] == "R-"
    assert drawn[2].isdigit()
    assert drawn[3].isupper()
    assert drawn[4] in "0123456789abcdef"


def test_what_belongs_together_is_drawn_together() -> None:
    cities = [{"city": "Porto", "airport": "OPO"}, {"city": "Ghent", "airport": "BRU"}]
    for seed in range(10):
        drawn = draw_cast({"city": cities, "fare": [94, 118]}, Random(seed))
        assert {"city": drawn["city"], "airport": drawn["airport"]} in cities
        assert drawn["fare"] in {94, 118}
