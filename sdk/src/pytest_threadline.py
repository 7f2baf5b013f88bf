"""The fixture ``threadline_spans``, as a plugin of pytest: https://docs.pytest.org/en/stable/how-to/plugins.html.

A module beside the package, for pytest imports its plugins at every start: this one loads threadline when it is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from threadline.testing import MemoryExporter


@pytest.fixture
def threadline_spans() -> Iterator[MemoryExporter]:
    """What the program records during the test, kept in memory; time and ids are the same in every run."""
    from threadline.testing import recorded

    with recorded() as spans:
        yield spans
