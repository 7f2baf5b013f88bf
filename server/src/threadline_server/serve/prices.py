"""What a project says that models cost: to change it needs the scope admin, to look at it read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import Depends, Request, Response
from pydantic import Field, PlainSerializer

from threadline_server.errors import BadRequest, NotFound
from threadline_server.identity import Repricing
from threadline_server.ingest.reprice import Repricer
from threadline_server.model import Price
from threadline_server.query.parameters import moment_ns
from threadline_server.serve.admin import TheIdentity, only_parameters
from threadline_server.serve.auth import Admin, Reader
from threadline_server.serve.described import router_of
from threadline_server.serve.noting import note
from threadline_server.serve.wire import Answer, Body, Moment, number_in

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Dollars = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]


class NewPrice(Body):
    model: str = Field(description="A model's name, or a pattern in which * stands for any text.")
    provider: str | None = Field(default=None, description="Whose model; any provider's where absent.")
    input: Decimal | None = Field(
        default=None, description="US dollars per million tokens, as all that follow; 0 if absent."
    )
    output: Decimal | None = Field(default=None, description="0 if absent; one of input and output must be there.")
    cached_read: Decimal | None = Field(default=None, description="Tokens read from a cache; as input if absent.")
    cache_write: Decimal | None = Field(default=None, description="Tokens written to a cache; as input if absent.")
    reasoning: Decimal | None = Field(default=None, description="As output if absent.")
    valid_from: str | None = Field(default=None, description="ISO 8601; of spans that begin then or later.")
    valid_to: str | None = Field(default=None, description="ISO 8601; of spans that begin before.")


class PriceAnswer(Answer):
    id: int
    model: str
    provider: str | None
    input: Dollars
    output: Dollars
    cached_read: Dollars | None
    cache_write: Dollars | None
    reasoning: Dollars | None
    valid_from: Moment | None
    valid_to: Moment | None


class PriceList(Answer):
    data: list[PriceAnswer]
    next_cursor: None = None


class NewRepricing(Body):
    from_: str | None = Field(default=None, alias="from", description="ISO 8601; spans that begin then or later.")
    to: str | None = Field(default=None, description="ISO 8601; spans that begin before.")


class RepricingAnswer(Answer):
    id: int
    state: Literal["running", "done", "failed"]
    from_: Moment | None = Field(serialization_alias="from")
    to: Moment | None
    looked_at: int = Field(description="Spans whose cost is not the sender's, so far.")
    changed: int = Field(description="Spans that have another cost now.")
    requested_at: Moment
    updated_at: Moment


class RepricingList(Answer):
    data: list[RepricingAnswer]
    next_cursor: None = None


def _repricer(request: Request) -> Repricer:
    repricer: Repricer = request.app.state.repricer
    return repricer


TheRepricer = Annotated[Repricer, Depends(_repricer)]
router = router_of("prices", prefix="/observability/prices")


@router.get("", dependencies=[only_parameters()])
def list_prices(who: Reader, identity: TheIdentity) -> PriceList:
    """The project's own prices, oldest first. They win over the price list, and lose to a cost that the sender gave."""
    return PriceList(data=[_answer(price) for price in identity.prices.of(who.project_id)])


@router.post("", status_code=201, dependencies=[only_parameters()])
def set_price(
    request: Request, who: Admin, identity: TheIdentity, repricer: TheRepricer, body: NewPrice
) -> PriceAnswer:
    """Set a price, in place of one for the same model, provider and beginning. It holds for what comes in from now on."""
    if body.input is None and body.output is None:
        raise BadRequest(
            "cannot set the price: it has neither input nor output", hint="Give dollars per million tokens."
        )
    kept = identity.prices.keep(
        who.project_id,
        Price(
            id=0, model=body.model, provider=body.provider or "", input=body.input or Decimal(0),
            output=body.output or Decimal(0), cached_read=body.cached_read, cache_write=body.cache_write,
            reasoning=body.reasoning, valid_from_ns=_ns("validFrom", body.valid_from), valid_to_ns=_ns("validTo", body.valid_to),
        ),
    )  # fmt: skip
    repricer.prices_changed()
    note(request, f"price {kept.id} ({kept.model})")
    return _answer(kept)


@router.delete("/{price_id}", status_code=204, response_class=Response, dependencies=[only_parameters()])
def remove_price(request: Request, who: Admin, identity: TheIdentity, repricer: TheRepricer, price_id: str) -> Response:
    """Remove a price. What it has priced keeps its cost until it is repriced."""
    if (number := number_in(price_id)) is None:
        raise NotFound("cannot remove the price: this project has no such price")
    note(request, f"price {number} ({identity.prices.remove(who.project_id, number)})")
    repricer.prices_changed()
    return Response(status_code=204)


@router.post("/reprice", status_code=202, dependencies=[only_parameters()])
def reprice(who: Admin, identity: TheIdentity, repricer: TheRepricer, body: NewRepricing) -> RepricingAnswer:
    """Give stored spans the cost that they would have if they came in now, but for those whose sender gave it."""
    from_time, to_time = _moment(_ns("from", body.from_)), _moment(_ns("to", body.to))
    if from_time is not None and to_time is not None and from_time >= to_time:
        raise BadRequest("cannot reprice: the range ends before it begins", hint="Give a later to, or none.")
    begun = identity.repricings.begin(who.project_id, from_time, to_time)
    repricer.submit(begun)
    return _repricing(begun)


@router.get("/reprice", dependencies=[only_parameters()])
def list_repricings(who: Reader, identity: TheIdentity) -> RepricingList:
    """The project's last repricings, the newest first, and how far they are."""
    return RepricingList(data=[_repricing(one) for one in identity.repricings.latest(who.project_id)])


def _answer(price: Price) -> PriceAnswer:
    return PriceAnswer(
        id=price.id, model=price.model, provider=price.provider or None, input=price.input, output=price.output,
        cached_read=price.cached_read, cache_write=price.cache_write, reasoning=price.reasoning,
        valid_from=_moment(price.valid_from_ns), valid_to=_moment(price.valid_to_ns),
    )  # fmt: skip


def _repricing(one: Repricing) -> RepricingAnswer:
    return RepricingAnswer(
        id=one.id, state=one.state, from_=one.from_time, to=one.to_time, looked_at=one.looked_at, changed=one.changed,
        requested_at=one.requested_at, updated_at=one.updated_at,
    )  # fmt: skip


def _ns(name: str, text: str | None) -> int | None:
    """To a millisecond, as times are kept and shown."""
    return None if text is None else moment_ns(name, text) // 1_000_000 * 1_000_000


def _moment(time_ns: int | None) -> datetime | None:
    return None if time_ns is None else _EPOCH + timedelta(milliseconds=time_ns // 1_000_000)
