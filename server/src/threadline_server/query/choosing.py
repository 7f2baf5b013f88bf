"""Which sessions a query string chooses: by the plain filters, an expression, words that were said, goals, and the steps they take.

Every route that lists sessions or adds them up takes these parameters, so that the sessions behind a number of one are a list
of the other.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from threadline_server.query import expression, filters, funnels, parameters, searching, steps
from threadline_server.query.expression import Condition
from threadline_server.query.filters import Choice
from threadline_server.query.goal_conditions import Goals
from threadline_server.query.parameters import Pairs
from threadline_server.store.queries import Fragment

EXPRESSION: Final = "filter"
SEARCH: Final = "q"
REPEATABLE: Final = ("tag", "goal", *steps.REPEATABLE, *funnels.REPEATABLE)
PARAMETERS: Final = (
    *filters.names(filters.SESSION_FILTERS),
    EXPRESSION,
    SEARCH,
    "goal",
    *steps.FILTER_PARAMETERS,
    *funnels.FILTER_PARAMETERS,
)


def choose(pairs: Pairs, goals: Goals, *, ignoring: Collection[str] = ()) -> Choice:
    """The conditions and bound values of every filter of sessions, but for those ignored. The caller has checked the names."""
    heeded = [pair for pair in pairs if pair[0] not in ignoring]
    choices = (filters.choose(heeded, filters.SESSION_FILTERS), steps.choose(heeded), funnels.choose(heeded))
    conditions = [choice.where for choice in choices]
    values: dict[str, Any] = dict(goals.idle)
    for choice in choices:
        values |= choice.values
    if named := [value for name, value in heeded if name == "goal"]:
        conditions += [Fragment(f" AND {goals.named(name).reached}") for name in dict.fromkeys(named)]
        values |= goals.values
    if (text := _written(heeded, EXPRESSION)) is not None:
        meant = express(text, EXPRESSION, goals)
        conditions.append(Fragment(f" AND {meant.where}"))
        values |= meant.values
    search, unsearched = None, Fragment("")
    if (text := _written(heeded, SEARCH)) is not None:
        search, unsearched = searching.read(SEARCH, text), filters.both(*conditions)
        conditions.append(Fragment(f" AND {search.where}"))
        values |= search.values
    return Choice(filters.both(*conditions), values, search, unsearched)


def _written(pairs: Pairs, name: str) -> str | None:
    """None for nothing but blanks."""
    text = parameters.one(pairs, name)
    return text if text is not None and text.strip() else None


def express(text: str, parameter: str, goals: Goals) -> Condition:
    """What an expression means. Raises ``BadFilter``."""
    return expression.condition(expression.parse(text, parameter, goals=goals.names), goals)
