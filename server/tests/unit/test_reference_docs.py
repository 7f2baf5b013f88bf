"""The reference pages name everything that there is, and nothing that there is not."""

import re
from pathlib import Path

import pytest
import typer

from threadline_server import cli, errors
from threadline_server.serve.access import ACTIONS, GRPC, TABLE
from threadline_server.settings import SETTINGS

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
CLI_PAGE = (REFERENCE / "cli.md").read_text(encoding="utf-8")
SETTINGS_PAGE = (REFERENCE / "settings.md").read_text(encoding="utf-8")


def _commands(group, words=()):
    for name, command in getattr(group, "commands", {}).items():
        yield from _commands(command, (*words, name))
    if not hasattr(group, "commands"):
        yield " ".join(words), group


COMMANDS = dict(_commands(typer.main.get_command(cli.app)))


def _section(command):
    """The text under the heading of a command."""
    return CLI_PAGE.partition(f"## `threadline {command}`\n")[2].partition("\n## ")[0]


def test_every_setting_has_a_row_with_its_option_variable_and_default():
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", SETTINGS_PAGE, flags=re.MULTILINE))
    assert list(rows) == list(SETTINGS)
    for name, setting in SETTINGS.items():
        shown = f"`{setting.default}`" if setting.default not in {None, "", False, ()} else ""
        assert f"`{setting.variable}`" in rows[name]
        assert shown in rows[name]
        assert setting.help in rows[name]
        assert (f"`{setting.option}`" in rows[name]) == (not setting.secret)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_section_with_its_options(command):
    section = _section(command)
    options = {name for parameter in COMMANDS[command].params for name in parameter.opts if name.startswith("--")}
    assert set(re.findall(r"`(--[a-z-]+)", section)) == options - {"--help"}


def test_there_is_no_section_for_a_command_that_is_not_there():
    assert set(re.findall(r"^## `threadline (.*)`$", CLI_PAGE, flags=re.MULTILINE)) == set(COMMANDS)


def _table_of_access():
    """The table as it is documented: a row for each address, with what each method needs."""
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
    for path, rules in TABLE.items():
        shown = re.sub(r":(id|path)}", "}", path)
        needs = [NEEDS[rules[method].need] if method in rules else "" for method in methods]
        yield f"| `{shown}` | {' | '.join(needs)} |".replace("  ", " ")
    for method, rule in GRPC.items():
        yield f"| gRPC `{method.rpartition('.')[2]}` | | {NEEDS[rule.need]} | | | |"


NEEDS = {"nothing": "open", "any": "any key", "ingest": "ingest", "read": "read", "write": "write", "admin": "admin"}


def test_the_table_of_access_is_documented_as_it_is():
    page = (REFERENCE / "access.md").read_text(encoding="utf-8")
    documented = page.partition("| route | GET | POST | PUT | PATCH | DELETE |\n|---|---|---|---|---|---|\n")[2]
    assert documented.partition("\n\n")[0].splitlines() == list(_table_of_access())


def test_every_action_of_the_audit_log_is_documented():
    page = (REFERENCE / "access.md").read_text(encoding="utf-8").partition("## Audit log")[2]
    assert (
        set(re.findall(r"`([a-zA-Z]+(?:\.[a-zA-Z]+)?)`", page.partition("Actions: ")[2].partition("\n\n")[0]))
        == ACTIONS
    )


def test_every_code_of_an_error_is_in_the_list():
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ThreadlineError)
    ]
    page = (REFERENCE / "errors.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| (\d+) \| `(\w+)` \|", page, flags=re.MULTILINE))
    assert {(str(kind.status), kind.code) for kind in kinds} | {("405", "method_not_allowed")} == rows
