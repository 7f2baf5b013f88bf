import datetime as dt
from decimal import Decimal

import genai_prices
import pytest

from server.tests.unit.ingest.spans import normal
from threadline_server.ingest.price import cost_of, priced
from threadline_server.model import Usage

DAY_NS = int(dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC).timestamp()) * 10**9
CALL = Usage(prompt=1_000, completion=500, cached=400, cache_write=100, reasoning=200, total=1_500)


def at(*moment):
    return int(dt.datetime(*moment, tzinfo=dt.UTC).timestamp()) * 10**9


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
    assert str(after.cost_usd) == "0.000350000000"
    assert {name: getattr(after, name) for name in span.__struct_fields__ if name != "cost_usd"} == {
        name: getattr(span, name) for name in span.__struct_fields__ if name != "cost_usd"
    }


def test_a_cost_given_by_the_sender_stands():
    span = normal(
        {"gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 100, "threadline.cost_usd": "0.000000000001"}
    )
    assert priced(span).cost_usd == Decimal("0.000000000001")


def test_a_wrapper_without_a_model_stays_without_a_price():
    assert priced(normal({"llm.token_count.prompt": 100})).cost_usd is None
