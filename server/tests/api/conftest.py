from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest


@pytest.fixture
def data_files(store_url: str) -> Path:
    """The folder in which the engine keeps everything."""
    return Path(urlsplit(store_url).path)
