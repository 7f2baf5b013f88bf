import datetime as dt
from decimal import Decimal

import genai_prices
import msgspec
import pytest

from server.tests.unit.ingest.spans import normal
from threadline_server.ingest.price import cost_of, priced
from threadline_server.ingest.tariff import OwnPrices, fits
from threadline_server.model import Price, Usage

DAY_NS = int(dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC).timestamp()) * 10**9
CALL = Usage(prompt=1_000, completion=500, cached=400, cache_write=100, reasoning=200, total=1_500)


def at(*moment):
    return int(dt.datetime(*moment, tzinfo=dt.UTC).timestamp()) * 10**9


def price(model, amount="1", **facts):
    """A price of a project: so many dollars per million tokens in, twice as many out."""
    whole = {"id": 1, "model": model, "provider": "", "input": Decimal(amount), "output": 2 * Decimal(amount)}
    return Price(**whole | facts)


def by_the_list(usage, model, provider, time_ns):
    """What genai-prices itself makes of it."""
    counts = {
        "input_tokens": usage.prompt,
        "output_tokens": usage.completion,
        "cache_read_tokens": usage.cached,
        "cache_write_tokens": usage.cache_write,
    }
    moment = dt.datetime.fromtimestamp(time_ns / 10**9, dt.UTC)
    found = genai_prices.calc_price(
        genai_prices.Usage(**counts), model, provider_id=provider or None, genai_request_timestamp=moment
    )
    return found.total_price.quantize(Decimal("0.000000000001"))


def test_the_seeds_call_costs_what_it_says():
    assert cost_of(Usage(prompt=150, completion=50, total=200), "gpt-4o", "", DAY_NS) == Decimal("0.000875")


@pytest.mark.parametrize(
    ("model", "provider"),
    [("gpt-4o", "openai"), ("gpt-4o-mini-2024-07-18", ""), ("claude-3-5-sonnet-20241022", "anthropic"),
     ("gemini-1.5-pro", "google"), ("gemini-2.5-pro", "gcp.vertex_ai"), ("anthropic.claude-3-5-sonnet-20240620-v1:0", "aws"),
     ("mistral-large-latest", "mistral_ai"), ("deepseek-chat", "deepseek"), ("o3-mini", "openai")],
)  # fmt: skip
@pytest.mark.parametrize("prompt", [1_000, 199_999, 200_001, 900_000])
def test_costs_are_those_of_the_price_list(model, provider, prompt):
    usage = Usage(prompt=prompt, completion=500, cached=400, cache_write=100, total=prompt + 500)
    assert cost_of(usage, model, provider, DAY_NS) == by_the_list(usage, model, provider, DAY_NS)


@pytest.mark.parametrize("hour", [0, 5, 16, 17, 23])
def test_prices_that_change_within_a_day_are_those_of_the_hour(hour):
    moment = at(2025, 3, 1, hour, 45)
    usage = Usage(prompt=1_000, completion=500, total=1_500)
    assert cost_of(usage, "deepseek-chat", "deepseek", moment) == by_the_list(
        usage, "deepseek-chat", "deepseek", moment
    )


def test_prices_are_those_of_the_spans_day():
    usage = Usage(prompt=1_000_000, completion=0, total=1_000_000)
    days = [at(2024, 1, 1), at(2026, 1, 1)]
    for model in ("o3", "gemini-2.5-flash"):
        assert [cost_of(usage, model, "", day) for day in days] == [by_the_list(usage, model, "", day) for day in days]


def test_a_wrong_provider_does_not_hide_a_known_model():
    known = cost_of(CALL, "claude-3-5-sonnet-20241022", "anthropic", DAY_NS)
    assert cost_of(CALL, "claude-3-5-sonnet-20241022", "my-gateway", DAY_NS) == known
    assert cost_of(CALL, "anthropic/claude-3-5-sonnet-20241022", "", DAY_NS) == known


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("text-embedding-3-small", "openai"),
        ("ft:gpt-4o-mini-2024-07-18:house::id", "openai"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws"),
    ],
)
def test_a_name_that_only_one_provider_has_is_its_own_without_saying_so(model, provider):
    assert cost_of(CALL, model, "", DAY_NS) == cost_of(CALL, model, provider, DAY_NS) is not None
    assert cost_of(CALL, model, "house-proxy", DAY_NS) == cost_of(CALL, model, provider, DAY_NS)


@pytest.mark.parametrize("model", ["my-own-model", "x" * 10_000, "", "a/b/c"])
def test_an_unknown_model_has_no_cost_rather_than_none_to_pay(model):
    assert cost_of(CALL, model, "openai", DAY_NS) is None


def test_a_mere_total_has_no_price():
    assert cost_of(Usage(total=100), "gpt-4o", "openai", DAY_NS) is None


def test_more_cached_tokens_than_a_prompt_cost_no_less_than_nothing():
    assert cost_of(Usage(prompt=1, completion=0, cached=5, total=1), "gpt-4o", "openai", DAY_NS) > 0


def test_a_span_gets_its_cost_and_keeps_all_else():
    span = normal(
        {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10}
    )
    after = priced(span)
    assert after == msgspec.structs.replace(span, cost_usd=Decimal("0.000350000000"), is_cost_ours=True)


def test_a_cost_given_by_the_sender_stands():
    span = normal(
        {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 100, "threadline.cost_usd": "0.000000000001"}
    )
    assert priced(span, OwnPrices([price("gpt-4o")])) is span


def test_a_wrapper_without_a_model_stays_without_a_price():
    assert priced(normal({"llm.token_count.prompt": 100})).cost_usd is None


MILLION = Usage(prompt=1_000_000, total=1_000_000)


def own_cost(*prices, model="house-7", provider="", time_ns=DAY_NS, usage=MILLION):
    """What a million prompt tokens cost, in dollars."""
    return cost_of(usage, model, provider, time_ns, OwnPrices(prices))


def test_each_kind_of_token_has_its_own_price():
    usage = Usage(prompt=1_000, completion=500, cached=400, cache_write=100, reasoning=200, total=1_500)
    full = price(
        "m",
        input=Decimal(8),
        output=Decimal(16),
        cached_read=Decimal(1),
        cache_write=Decimal(10),
        reasoning=Decimal(32),
    )
    assert (
        own_cost(full, model="m", usage=usage)
        == Decimal(500 * 8 + 400 * 1 + 100 * 10 + 300 * 16 + 200 * 32) / 1_000_000
    )
    assert own_cost(price("m", "8"), model="m", usage=usage) == Decimal(1_000 * 8 + 500 * 16) / 1_000_000


def test_a_price_of_the_project_wins_over_the_list_and_leaves_other_models_to_it():
    own = OwnPrices([price("gpt-4o")])
    assert cost_of(CALL, "gpt-4o", "openai", DAY_NS, own) == Decimal("0.002")
    assert cost_of(CALL, "gpt-4o-mini", "openai", DAY_NS, own) == cost_of(CALL, "gpt-4o-mini", "openai", DAY_NS)


def test_of_several_prices_the_more_exact_one_holds_whatever_their_order():
    ranked = [
        price("house-7", "6", provider="House", valid_from_ns=DAY_NS, id=1),
        price("HOUSE-7", "5", provider="house", id=2),
        price("house-7", "4", valid_from_ns=DAY_NS - 1, id=3),
        price("house-7", "3", id=5),
        price("house-7", "2", id=4),
        price("house-*", "1", provider="house", id=9),
        price("*", "0", id=10),
    ]
    for count in range(len(ranked)):
        left = ranked[count:]
        assert own_cost(*left, provider="house") == own_cost(*left[::-1], provider="house") == left[0].input


def test_a_price_for_one_provider_is_none_for_another():
    assert own_cost(price("house-7", provider="house"), provider="elsewhere") is None


def test_a_price_holds_for_spans_that_begin_from_its_first_to_before_its_last_moment():
    dated = price("house-7", valid_from_ns=DAY_NS, valid_to_ns=DAY_NS + 10)
    costs = [own_cost(dated, time_ns=DAY_NS + after) for after in (-1, 0, 9, 10)]
    assert costs == [None, 1, 1, None]


@pytest.mark.parametrize(
    ("name", "pattern", "does"),
    [
        ("house-7", "house-7", True), ("house-7", "house-", False), ("house-7", "house-7b", False), ("house-7", "*", True),
        ("house-7", "house-*", True), ("house-7", "*-7", True), ("house-7", "h*-*7", True), ("house-7", "**", True),
        ("aba", "ab*ba", False), ("abba", "ab*ba", True), ("a.c", "a.c", True), ("abc", "a.c", False), ("axbxc", "a*x*x*c", True),
        ("axbc", "a*x*x*c", False), ("", "*", True), ("a" * 200, "*a" * 100 + "*b", False),
    ],
)  # fmt: skip
def test_a_star_stands_for_any_text_and_nothing_else_for_anything_but_itself(name, pattern, does):
    assert fits(name, pattern) is does


def test_a_sum_that_no_column_holds_is_no_cost():
    assert own_cost(price("house-7", "1000000")) is None
    assert cost_of(Usage(prompt=10**12, total=10**12), "gpt-4o", "openai", DAY_NS) is None
