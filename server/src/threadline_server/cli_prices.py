"""``threadline prices``: a project's own prices, at a running server."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from threadline_server.cli_options import AsJson, DataDir, Key, Url, server_at
from threadline_server.cli_table import print_rows
from threadline_server.errors import NotFound, ThreadlineError
from threadline_server.remote import Remote

prices = typer.Typer(help="A project's own prices for models, at a running server.", no_args_is_help=True)

PATH = "/observability/prices"
LOOK_EVERY_S = 0.5
PerMillion = Annotated[str | None, typer.Option(metavar="DOLLARS", help="Per million tokens.", show_default=False)]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="Spans that begin then or later.")]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Spans that begin before.")]


@prices.command("list")
def list_prices(*, as_json: AsJson = False, url: Url = None, key: Key = None, data_dir: DataDir = None) -> None:
    """List the project's own prices, in dollars per million tokens."""
    print_rows(server_at(url, key, data_dir).call("GET", PATH)["data"], as_json=as_json)


@prices.command("set")
def set_price(  # noqa: PLR0913 (every part of a price is an option)
    model: Annotated[str, typer.Argument(help="The model's name, or a pattern such as 'house-*'.")],
    *,
    input_price: Annotated[
        str | None, typer.Option("--input", metavar="DOLLARS", help="Per million prompt tokens.")
    ] = None,
    output_price: Annotated[
        str | None, typer.Option("--output", metavar="DOLLARS", help="Per million completion tokens.")
    ] = None,
    cached_read: PerMillion = None,
    cache_write: PerMillion = None,
    reasoning: PerMillion = None,
    provider: Annotated[str | None, typer.Option(help="Whose model; any provider's unless given.")] = None,
    begins: From = None,
    ends: To = None,
    url: Url = None,
    key: Key = None,
    data_dir: DataDir = None,
) -> None:
    """Set what a model costs, in place of a price for the same model, provider and beginning."""
    given = {
        "model": model, "provider": provider, "input": input_price, "output": output_price, "cachedRead": cached_read,
        "cacheWrite": cache_write, "reasoning": reasoning, "validFrom": begins, "validTo": ends,
    }  # fmt: skip
    body = {name: value for name, value in given.items() if value is not None}
    kept = server_at(url, key, data_dir).call("POST", PATH, body=body)
    typer.echo(f"Price {kept['id']} of {kept['model']} holds for what comes in from now on.")
    typer.echo("For what is stored: threadline prices reprice", err=True)


@prices.command("remove")
def remove_price(
    price: Annotated[str, typer.Argument(help="The price's id (see list), or its model.")],
    *,
    url: Url = None,
    key: Key = None,
    data_dir: DataDir = None,
) -> None:
    """Remove a price; by its model, all of that model's."""
    server = server_at(url, key, data_dir)
    found = [one for one in server.call("GET", PATH)["data"] if price in (str(one["id"]), one["model"])]
    if not found:
        raise NotFound(
            f"cannot remove the price: there is none of {price!a}", hint="threadline prices list shows what there is."
        )
    for one in found:
        server.call("DELETE", f"{PATH}/{one['id']}")
        typer.echo(f"Price {one['id']} of {one['model']} is removed.")
    typer.echo("For what is stored: threadline prices reprice", err=True)


@prices.command("reprice")
def reprice(
    *,
    begins: From = None,
    ends: To = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Do not wait until it is done.")] = False,
    url: Url = None,
    key: Key = None,
    data_dir: DataDir = None,
) -> None:
    """Give stored spans the cost that they would have today, but for those whose sender gave the cost."""
    server = server_at(url, key, data_dir)
    body = {name: value for name, value in (("from", begins), ("to", ends)) if value is not None}
    one = server.call("POST", f"{PATH}/reprice", body=body)
    if no_wait:
        typer.echo(f"Repricing {one['id']} has begun.")
        return
    one = _followed(server, one)
    if one["state"] != "done":
        raise ThreadlineError(
            f"cannot finish repricing {one['id']}: it failed after {one['lookedAt']} spans",
            hint="The server's log says why; start it again when that is mended.",
        )
    typer.echo(f"{one['changed']} of {one['lookedAt']} spans have another cost now.")


def _followed(server: Remote, one: dict[str, Any]) -> dict[str, Any]:
    """The repricing once it has ended; tells meanwhile how far it is."""
    told = None
    while one["state"] == "running":
        time.sleep(LOOK_EVERY_S)
        one = next(other for other in server.call("GET", f"{PATH}/reprice")["data"] if other["id"] == one["id"])
        if one["lookedAt"] != told and one["state"] == "running":
            told = one["lookedAt"]
            typer.echo(f"{told} spans looked at, {one['changed']} changed", err=True)
    return one
