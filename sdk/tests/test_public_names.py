"""The public names, their docstrings and the page that lists them agree."""

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import threadline
from threadline import asgi, testing, wsgi

MODULES = [threadline, testing, asgi, wsgi]
PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "sdk.md").read_text(encoding="utf-8")
OBSERVABILITY, HANDLES = (
    threadline.Observability,
    (threadline.Span, threadline.Trace, threadline.Generation, threadline.Session),
)


def public_names(module: ModuleType) -> set[str]:
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name != "annotations"
    }


def own_members(kind: type) -> Iterator[tuple[str, object]]:
    """The public methods and properties of a class, and those it has from a class that is not public itself."""
    private = [base for base in kind.__mro__[1:] if base.__module__.startswith("threadline") and base not in HANDLES]
    for one in (kind, *private):
        for name, member in vars(one).items():
            if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
                yield name, member


def arguments(thing: object) -> list[str]:
    called = thing.fget if isinstance(thing, property) else thing
    return [name for name in inspect.signature(called).parameters if name != "self"]


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of a table below a heading: each name with the arguments in the second column."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = {}
    for line in section.splitlines():
        if line.startswith("| `"):
            names, given = (re.findall(r"`([^`]*)`", cell) for cell in line.split("|")[1:3])
            found |= dict.fromkeys(names, given)
    return found


@pytest.mark.parametrize("module", [threadline, testing])
def test_all_lists_the_public_names(module):
    assert set(module.__all__) - {"__version__"} == public_names(module)


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_can_be_imported(module):
    again = importlib.import_module(module.__name__)
    assert [name for name in module.__all__ if not hasattr(again, name)] == []


@pytest.mark.parametrize("module", MODULES)
def test_public_names_say_what_they_are(module):
    public = [getattr(module, name) for name in module.__all__ if name != "__version__"]
    things = [(thing.__name__, thing) for thing in public if inspect.isroutine(thing) or inspect.isclass(thing)]
    # What the testing kit has is there to be handed over: its methods are those of the protocols.
    kinds = [thing for _, thing in things if inspect.isclass(thing) and module is not testing]
    members = [member for kind in kinds for member in own_members(kind)]
    assert [name for name, thing in things + members if not inspect.getdoc(thing)] == []


def test_every_argument_is_explained_where_it_belongs():
    functions = [(name, getattr(threadline, name)) for name in threadline.__all__ if name != "__version__"]
    public = [(name, thing) for name, thing in functions if inspect.isfunction(thing)]
    public += [(name, member) for kind in (OBSERVABILITY, *HANDLES) for name, member in own_members(kind)]
    public += [("asgi", asgi.ObservabilityMiddleware), ("wsgi", wsgi.ObservabilityMiddleware)]
    unexplained = {}
    for name, thing in public:
        text = inspect.getdoc(thing) or ""
        explained = set(re.findall(r"^    (\w+): ", text.partition("Args:\n")[2], re.MULTILINE))
        is_referred_to = "The arguments are those of" in text
        if not is_referred_to and (missing := set(arguments(thing)) - explained):
            unexplained[name] = missing
    assert unexplained == {}


@pytest.mark.parametrize("module", MODULES)
def test_the_page_lists_every_public_name_with_its_arguments(module):
    is_middleware = module in (asgi, wsgi)
    listed = rows("Modules `threadline.asgi` and `threadline.wsgi`" if is_middleware else f"Module `{module.__name__}`")
    assert set(listed) == set(module.__all__) - {"__version__"}
    called = [name for name in listed if listed[name] or inspect.isfunction(getattr(module, name))]
    assert {name: listed[name] for name in called} == {
        name: [*inspect.signature(getattr(module, name)).parameters] for name in called
    }


def test_the_page_lists_every_method_with_its_arguments():
    expected = {name: arguments(member) for name, member in own_members(OBSERVABILITY)}
    assert rows("`Observability`") == expected


def test_the_page_lists_what_the_handles_can_do():
    expected = {f"{kind.__name__}.{name}": arguments(member) for kind in HANDLES for name, member in own_members(kind)}
    assert rows("Handles") == expected
