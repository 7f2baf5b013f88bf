from decimal import Decimal

import numpy as np
import pytest


def test_everything_about_a_call_is_recorded(recording):
    generation = recording.obs.generation(
        "answer", model_name="gpt-4o", provider="openai", model_parameters={"temperature": 0.2}, input="Hello!"
    )
    generation.end(
        output="Hi.",
        prompt_tokens=150,
        completion_tokens=50,
        cached_tokens=100,
        reasoning_tokens=30,
        cost=0.000875,
        model_name="gpt-4o-2024-11-20",
        model_parameters={"temperature": 0.3},
    )
    assert recording.named("answer").attributes == {
        "threadline.span.kind": "generation",
        "threadline.input": '"Hello!"',
        "threadline.output": '"Hi."',
        "gen_ai.request.model": "gpt-4o-2024-11-20",
        "gen_ai.provider.name": "openai",
        "threadline.model_parameters": '{"temperature":0.3}',
        "gen_ai.usage.input_tokens": 150,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.cache_read.input_tokens": 100,
        "gen_ai.usage.reasoning.output_tokens": 30,
        "threadline.cost_usd": 0.000875,
    }


def test_what_is_not_known_is_left_out(recording):
    recording.obs.generation("answer").end(prompt_tokens=None, completion_tokens=0)
    assert recording.named("answer").attributes == {
        "threadline.span.kind": "generation",
        "gen_ai.usage.output_tokens": 0,
    }


def test_numbers_of_other_types_are_taken(recording):
    recording.obs.generation("answer").end(prompt_tokens=np.int64(7), cost=Decimal("0.01"))
    attributes = recording.named("answer").attributes
    assert (attributes["gen_ai.usage.input_tokens"], attributes["threadline.cost_usd"]) == (7, 0.01)


@pytest.mark.parametrize("tokens", [-1, 1.5, "many", 2**63])
def test_impossible_counts_are_ignored_with_a_word_in_the_log(recording, caplog, tokens):
    recording.obs.generation("answer").end(prompt_tokens=tokens, completion_tokens=5)
    assert recording.named("answer").attributes == {
        "threadline.span.kind": "generation",
        "gen_ai.usage.output_tokens": 5,
    }
    assert "as gen_ai.usage.input_tokens: it must be a whole number of at least 0" in caplog.text


@pytest.mark.parametrize("cost", [-0.1, float("nan"), float("inf"), "much", 10**400])
def test_impossible_costs_are_ignored_with_a_word_in_the_log(recording, caplog, cost):
    recording.obs.generation("answer").end(cost=cost)
    assert "threadline.cost_usd" not in recording.named("answer").attributes
    assert "as threadline.cost_usd: it must be a number of US dollars of at least 0" in caplog.text


def test_the_first_token_is_timed_once(recording):
    generation = recording.obs.generation("answer")
    generation.first_token().first_token()
    generation.end()
    assert recording.named("answer").attributes["threadline.time_to_first_token_ms"] == 0.001


def test_a_time_to_the_first_token_that_was_measured_elsewhere_is_taken(recording):
    recording.obs.generation("answer").end(time_to_first_token_ms=120.5)
    assert recording.named("answer").attributes["threadline.time_to_first_token_ms"] == 120.5


def test_tokens_written_to_the_cache_and_a_bare_sum_are_taken(recording):
    recording.obs.generation("answer").end(cache_write_tokens=7, total_tokens=200)
    attributes = recording.named("answer").attributes
    assert (attributes["gen_ai.usage.cache_creation.input_tokens"], attributes["gen_ai.usage.total_tokens"]) == (7, 200)
