"""What is imported on demand: by nobody else, under names that hold."""

import ast
import importlib
import inspect
import subprocess
import sys

import pytest

from sdk.tests.test_public_names import rows

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


def test_the_page_lists_them_with_their_arguments():
    found = {
        f"{name}.{public}": [
            *inspect.signature(getattr(importlib.import_module(f"threadline.{name}"), public)).parameters
        ]
        for name, names in ON_DEMAND.items()
        for public in names
    }
    assert rows("Modules imported on demand") == found


def test_the_package_itself_imports_none_of_them():
    program = "import sys, threadline; print([name for name in sys.modules if name.startswith('threadline.')])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("threadline.").partition(".")[0] for name in ast.literal_eval(ended.stdout)}
    assert loaded.isdisjoint({*ON_DEMAND, "_clients", "_langchain_runs", "_otel_bridge"})
