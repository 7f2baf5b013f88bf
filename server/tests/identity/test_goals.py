"""Goals as the database keeps them."""

import pytest

from threadline_server.errors import Conflict, NotFound

WHEN = {"sequence": [{"metadata": {"k": 1.5, "é": True}}, {"tag": "x"}]}


def test_a_goal_comes_back_as_it_was_kept(identity, clock):
    kept = identity.goals.add(1, "é 'x'", WHEN)
    assert (kept.name, kept.when, kept.created_ns == kept.updated_ns) == ("é 'x'", WHEN, True)
    clock.advance(minutes=1)
    changed = identity.goals.change(1, kept.id, "y", {"tag": "t"})
    assert identity.goals.of(1) == [changed]
    assert (changed.name, changed.when, changed.updated_ns - changed.created_ns) == ("y", {"tag": "t"}, 60_000_000_000)


def test_a_name_can_be_taken_again_once_it_is_free(identity):
    first = identity.goals.add(1, "a", WHEN)
    with pytest.raises(Conflict, match="'name'"):
        identity.goals.add(1, "a", WHEN)
    identity.goals.remove(1, first.id)
    assert identity.goals.add(1, "a", WHEN).id > first.id


def test_a_goal_of_another_project_cannot_be_touched(identity):
    other = identity.create_project("shop").project.id
    mine = identity.goals.add(1, "a", WHEN)
    for act in (
        lambda: identity.goals.change(other, mine.id, "b", WHEN),
        lambda: identity.goals.remove(other, mine.id),
    ):
        with pytest.raises(NotFound):
            act()
    assert (identity.goals.of(1), identity.goals.of(other)) == ([mine], [])
