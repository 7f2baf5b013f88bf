import ast
import importlib
import inspect
import subprocess
import sys
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


ON_DEMAND = {
    "openai": ["wrap"],
    "anthropic": ["wrap"],
    "langchain": ["ThreadlineCallbackHandler"],
    "otel": ["ThreadlineSpanProcessor", "configure", "exporter"],
}


@pytest.mark.parametrize("name", ON_DEMAND)
def test_modules_that_are_imported_on_demand_have_these_names(name):
    module = importlib.import_module(f"threadline.{name}")
    assert module.__all__ == ON_DEMAND[name]
    assert all(inspect.getdoc(getattr(module, public)) for public in module.__all__)


def test_the_package_itself_imports_none_of_them():
    program = "import sys, threadline; print([name for name in sys.modules if name.startswith('threadline.')])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("threadline.").partition(".")[0] for name in ast.literal_eval(ended.stdout)}
    assert loaded.isdisjoint({*ON_DEMAND, "_clients", "_langchain_runs", "_otel_bridge"})


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
