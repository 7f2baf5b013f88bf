import pytest

from threadline_server.ingest.normalise.draft import Draft
from threadline_server.ingest.normalise.usage import usage_of
from threadline_server.model import Usage


@pytest.mark.parametrize(
    ("counts", "usage"),
    [
        ({"prompt": 120, "completion": 17, "cached": 64, "reasoning": 5}, Usage(120, 17, 64, 0, 5, 137)),
        ({"prompt": 24, "completion": 17, "cached": 64, "cache_write": 32}, Usage(120, 17, 64, 32, 0, 137)),
        ({"prompt": 56, "completion": 17, "cached": 40, "total": 113}, Usage(96, 17, 40, 0, 0, 113)),
        ({"prompt": 120, "completion": 12, "reasoning": 40}, Usage(120, 52, 0, 0, 40, 172)),
        ({"prompt": 120, "completion": 12, "reasoning": 5, "total": 137}, Usage(120, 17, 0, 0, 5, 137)),
        (
            {"prompt": 56, "completion": 12, "cached": 40, "reasoning": 5, "total": 113},
            Usage(96, 17, 40, 0, 5, 113),
        ),
        ({"prompt": 8}, Usage(8, 0, total=8)),
        ({"prompt": 8, "total": 9}, Usage(8, 0, total=9)),
        ({"total": 9}, Usage(total=9)),
        ({"prompt": 8, "completion": 2, "total": 99}, Usage(8, 2, total=10)),
        ({"prompt": 0, "completion": 0, "total": 0}, None),
        ({}, None),
    ],
    ids=[
        "parts within their wholes",
        "cached tokens beside the prompt, as Anthropic counts",
        "a total that only adds up with the cached tokens",
        "reasoning beside the completion, as Gemini counts",
        "a total that only adds up with the reasoning",
        "buckets that exclude each other, as LangChain counts",
        "a prompt alone",
        "a prompt and a larger total",
        "a total alone",
        "a total that does not add up",
        "zeros are no usage",
        "nothing is no usage",
    ],
)
def test_the_prompt_includes_the_cached_and_the_completion_the_reasoning_tokens(counts, usage):
    assert usage_of(Draft(**counts)) == usage
