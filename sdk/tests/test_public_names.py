import inspect
from types import ModuleType

import pytest

import threadline
import threadline.testing


def public_names(module: ModuleType) -> set[str]:
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name != "annotations"
    }


@pytest.mark.parametrize("module", [threadline, threadline.testing])
def test_all_lists_the_public_names(module):
    assert set(module.__all__) - {"__version__"} == public_names(module)


def test_public_names_say_what_they_are():
    named = [value for name in threadline.__all__ if inspect.isroutine(value := getattr(threadline, name))]
    classes = [value for name in threadline.__all__ if inspect.isclass(value := getattr(threadline, name))]
    members = [
        member
        for one in classes
        for name, member in vars(one).items()
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property))
    ]
    assert [thing for thing in named + classes + members if not inspect.getdoc(thing)] == []
