import pytest

from threadline import semconv
from threadline_server.ingest.decode import token_shapes

NAMES = {
    semconv.PROMPT_TOKENS: "prompt", semconv.COMPLETION_TOKENS: "completion", semconv.TOTAL_TOKENS: "total",
    semconv.CACHED_TOKENS: "cached", semconv.CACHE_WRITE_TOKENS: "written", semconv.REASONING_TOKENS: "reasoning",
}  # fmt: skip
OPENAI = {
    "prompt_tokens": 120, "completion_tokens": 17, "total_tokens": 137,
    "prompt_tokens_details": {"cached_tokens": 64}, "completion_tokens_details": {"reasoning_tokens": 5},
}  # fmt: skip
WHOLE = {"prompt": 120, "completion": 17, "cached": 64, "reasoning": 5}


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        pytest.param(OPENAI, WHOLE, id="OpenAI's object"),
        pytest.param(
            {"input": 120, "output": 17, "total": 137, "input_cached_tokens": 64, "output_reasoning_tokens": 5},
            WHOLE,
            id="flat, the parts included",
        ),
        pytest.param(
            {"input": 56, "output": 12, "total": 137, "input_cache_read": 64, "output_reasoning": 5},
            WHOLE,
            id="buckets that add up to the total",
        ),
        pytest.param(
            {"input": 24, "output": 17, "cache_read_input_tokens": 64, "cache_creation_input_tokens": 32},
            {"prompt": 120, "completion": 17, "cached": 64, "written": 32},
            id="buckets without a total",
        ),
        pytest.param({"input": 3, "output": 4}, {"prompt": 3, "completion": 4}, id="no parts"),
        pytest.param({"total": 9}, {"total": 9}, id="a total alone"),
        pytest.param({"unit": "TOKENS", "input": None, "output": "many"}, {}, id="nothing that counts"),
    ],
)
def test_every_shape_gives_the_same_numbers(details, expected):
    assert {NAMES[name]: held for name, held in token_shapes.tokens(details, {}).items()} == expected


def test_the_older_field_speaks_where_the_newer_says_nothing():
    told = token_shapes.tokens({}, {"promptTokens": 3, "completionTokens": 4, "totalTokens": 7})
    assert {NAMES[name]: held for name, held in told.items()} == {"prompt": 3, "completion": 4}


@pytest.mark.parametrize(
    ("details", "usage", "expected"),
    [
        ({"input": 0.1, "output": 0.2, "total": 0.3}, {"totalCost": 9}, 0.3),
        ({}, {"totalCost": 0.5}, 0.5),
        ({}, {"inputCost": 0.25, "outputCost": 0.5}, 0.75),
        ({"input": 0.25, "output": 0.5}, {}, 0.75),
        ({"total": 0.0}, {}, None),
        ({}, {}, None),
    ],
)
def test_a_cost_is_the_sender_s_and_a_zero_says_nothing(details, usage, expected):
    assert token_shapes.cost(details, usage) == expected
