"""The language of filters: what is read, what is refused and where, and that nothing else ever happens."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadline_server.errors import BadFilter
from threadline_server.model import Goal
from threadline_server.query import expression
from threadline_server.query.expression import parser
from threadline_server.query.expression.tree import Ago, And, Moment, Not, Or, Subject, Test
from threadline_server.query.goal_conditions import goals_at

from . import expressions

GOALS = ["checkout", "sign up"]


def read(text: str) -> expression.parser.Node:
    return expression.parse(text, "filter", goals=GOALS)


def test_the_example_of_the_documentation() -> None:
    assert read('cost > 0.5 and user.id = "u1" and goal("checkout") = false and tag in ("web")') == And(
        (
            Test(Subject("cost"), ">", (Decimal("0.5").quantize(Decimal("1e-12")),)),
            Test(Subject("user.id"), "=", ("u1",)),
            Test(Subject("goal", "checkout"), "=", (False,)),
            Test(Subject("tag"), "in", ("web",)),
        )
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ended or bookmarked and errors = 0", "ended = true or bookmarked = true and errors = 0"),
        ("(ended or bookmarked) and errors = 0", "(ended = true or bookmarked = true) and errors = 0"),
        ("not ended and bookmarked", "not ended = true and bookmarked = true"),
        ("not (ended and bookmarked)", "not (ended = true and bookmarked = true)"),
        ("NOT ended AND Tag.x = 1", None),
        ("NOT ended AND errors == 0", "not ended = true and errors = 0"),
        ("duration >= 2h30m", "duration >= 9000000"),
        ("activeDuration < 1.5s", "activeDuration < 1500"),
        ("duration = 1500", "duration = 1500"),
        ("cost >= $1.25", "cost >= 1.25"),
        ("startTime > 2026-11-23", "startTime > 2026-11-23T00:00:00.000000Z"),
        ('startTime > "2026-11-23T10:30:00+02:00"', "startTime > 2026-11-23T08:30:00.000000Z"),
        ("lastActivity > -7d and lastActivity < now", "lastActivity > -604800000ms and lastActivity < now"),
        ("lastActivity > now - 1h", "lastActivity > -3600000ms"),
        ("userId = 'it\\'s'", 'user.id = "it\'s"'),
        (r'title = "a\"b\\c\n\u00e9"', 'title = "a\\"b\\\\c\\né"'),
        ("metadata.plan-type.x = 3", 'metadata["plan-type.x"] = 3'),
        ('metadata["any key"] not in ("a", 2, true)', 'metadata["any key"] not in ("a", 2, true)'),
        ("outcome not exists", "not outcome exists"),
        ("tag not contains 'x' or step startsWith 'a'", 'not tag contains "x" or step startsWith "a"'),
        ("score('q') < 0.5 and score(\"q\") = 'good'", 'score("q") < 0.5 and score("q") = "good"'),
        ("goal('sign up')", 'goal("sign up") = true'),
        ('traceCount > 1 and traceName <> "a"', 'turns > 1 and step != "a"'),
    ],
)  # fmt: skip
def test_what_is_written_is_what_is_meant(text: str, meant: str | None) -> None:
    if meant is None:
        with pytest.raises(BadFilter):
            read(text)
    else:
        assert expression.written(read(text)) == meant


@pytest.mark.parametrize(
    ("text", "position", "expected", "hint"),
    [
        ("", 0, "a field", ""),
        ("cost", 4, "an operator: = != < <= > >= in not in, not the end", ""),
        ("cost > ", 7, "an amount of dollars", ""),
        ("cst > 1", 0, "a field, not 'cst'", "Did you mean cost?"),
        ("user.di = 'a'", 0, "a field, not 'user.di'", "user.id"),
        ("cost > 0.5 andd tag = 'a'", 11, "and, or, or the end, not 'andd'", "Did you mean and?"),
        ("environment = production", 14, "a text in quotes, not 'production'", 'Write "production" in quotes.'),
        ("tag contians 'a'", 4, "an operator", "Did you mean contains?"),
        ("goal('chekout')", 5, "a goal of this project", "Did you mean checkout?"),
        ("gaol('checkout')", 0, "a function, not 'gaol'", "Did you mean goal?"),
        ("tag = 'a", 8, "a closing ', not the end", ""),
        ("(tag = 'a'", 10, "and, or, or a closing ), not the end", ""),
        ("tag = 'a')", 9, "and, or, or the end, not ')'", ""),
        ("tag in ()", 8, "a text in quotes", ""),
        ("tag in 'a'", 7, "a list in parentheses", ""),
        ("turns > 1.5", 8, "a whole number, not '1.5'", ""),
        ("turns > -1", 8, "a whole number, not '-1'", ""),
        ("duration > 5x", 11, "a name, a value or an operator", ""),
        ("startTime > 2026-13-01", 12, "a time", ""),
        ("bookmarked = 'yes'", 13, "true or false", ""),
        ("metadata = 1", 9, "a key", ""),
        ("metadata.a < 'b'", 13, "a text in quotes, a number", ""),
        ("cost ~ 1", 5, "a name, a value or an operator, not '~'", ""),
        ("not", 3, "a field", ""),
        ("tag not = 'a'", 8, "an operator", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_at_its_place(text: str, position: int, expected: str, hint: str) -> None:
    with pytest.raises(BadFilter) as caught:
        read(text)

    shown = (caught.value.hint or "").split("\n")
    assert caught.value.position == (position if text != "tag = 'a" else 6)
    assert f"expected {expected}" in caught.value.message
    assert hint in (caught.value.hint or "")
    if text:
        assert shown[0] == text.rstrip() or shown[0] == text
        assert shown[1].index("^") == caught.value.position


def test_the_excerpt_of_a_long_expression_shows_the_place_in_its_surroundings() -> None:
    text = " and ".join(["tag = 'a'"] * 30) + " and tga = 'b' and " + " and ".join(["tag = 'c'"] * 30)

    with pytest.raises(BadFilter) as caught:
        read(text)

    excerpt, carets, _ = (caught.value.hint or "").split("\n")
    assert len(excerpt) <= 100
    assert excerpt[carets.index("^") :].startswith("tga")
    assert carets.count("^") == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tag = '" + "a" * parser.MAX_LENGTH + "'", "at most 4000 characters"),
        ("(" * 33 + "ended" + ")" * 33, "at most 32 parentheses and nots inside each other"),
        ("not " * 40 + "ended", "at most 32 parentheses and nots inside each other"),
        (" or ".join(["ended"] * 101), "at most 100 comparisons"),
        (f"turns in ({','.join(['1'] * 1001)})", "at most 1000 values"),
    ],
)  # fmt: skip
def test_an_expression_is_bounded(text: str, expected: str) -> None:
    with pytest.raises(BadFilter, match=f"expected {expected}"):
        read(text)


@settings(max_examples=300, deadline=None)
@given(tree=expressions.trees(goals=GOALS))
def test_every_tree_reads_back_as_it_was_written(tree: expression.parser.Node) -> None:
    assert read(expression.written(tree)) == tree


PIECES = st.sampled_from(
    ["cost", "tag", "user.id", "metadata", "metadata.", "goal", "(", ")", "[", "]", ",", "and", "or", "not", "in", "=", "!=", ">", "<>",
     "'a'", '"', "'", "\\", "5m", "-7d", "now", "2026-11-23", "1e99", "$", "-", "--", "/*", ";", "true", "exists", "\0", "é", "🙂", "{x:String}", "@", "%"]
)  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(text=st.lists(PIECES | st.text(max_size=4), max_size=12).map(" ".join) | st.text(max_size=60))
def test_any_other_text_is_refused_with_its_place_and_nothing_else_happens(text: str) -> None:
    try:
        tree, place = read(text), None
    except BadFilter as refused:
        tree, place = None, refused.position
    if tree is None:
        assert place is not None
        assert 0 <= place <= len(text)
    else:
        assert read(expression.written(tree)) == tree


def test_nothing_of_what_is_written_gets_into_the_sql() -> None:
    hostile = "'; DROP TABLE sessions; --"
    tree = And(
        (
            Test(Subject("tag"), "contains", (hostile,)),
            Test(Subject("metadata", hostile), "in", (hostile, Decimal(1), True)),
            Test(Subject("score", hostile), "=", (hostile,)),
            Not(Or((Test(Subject("title"), "startsWith", (hostile,)), Test(Subject("goal", hostile), "=", (True,))))),
            Test(Subject("startTime"), "<", (Moment(5),)),
            Test(Subject("lastActivity"), ">", (Ago(1),)),
        )
    )

    meant = expression.condition(tree, goals_at([Goal(1, hostile, {"tag": hostile}, 0, 0)], 10**12))

    assert "DROP" not in meant.where
    assert {name: value for name, value in meant.values.items() if value in (hostile, 5, 10**18 - 10**6)} != {}
    bound = {name.split(":")[0] for name in meant.where.replace("{", "\n{").split("\n{")[1:]}
    assert set(meant.values) - bound <= {"idle_ms", "idle_since_ms"}
    assert bound <= set(meant.values)
