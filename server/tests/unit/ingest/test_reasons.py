import re
from pathlib import Path

from threadline_server.ingest.decode.native_fields import READ_FIELDS
from threadline_server.ingest.reasons import REASONS

PAGE = (Path(__file__).parents[4] / "docs" / "reference" / "ingest.md").read_text(encoding="utf-8")


def test_the_page_lists_every_reason_with_its_meaning():
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE.partition("## Plain JSON")[0], flags=re.MULTILINE)
    assert dict(rows) == REASONS


def test_the_page_names_every_field_of_the_plain_json():
    fields = PAGE.partition("## Plain JSON")[2].partition("## Dialects")[0]
    assert {name for name in READ_FIELDS if f"`{name}`" not in fields} == set()
