"""What projects say that models cost, in the database; and the repricings that they asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, select

from threadline_server.errors import BadRequest, Conflict, NotFound
from threadline_server.identity.database import Database
from threadline_server.identity.tables import prices
from threadline_server.model import Price

MAX_PRICES = 1_000
"""Of one project: all of them are at hand while spans come in."""
MAX_NAME_LENGTH = 200
MAX_DOLLARS = Decimal(1_000_000)
"""Per million tokens."""
MAX_ID = 2**31 - 1
_STEP = Decimal("0.000001")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Prices:
    """The table ``prices``. Every method may raise Unavailable."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def version(self) -> object:
        """Differs whenever any price does: ids only ever grow, so no two states agree in both numbers."""
        with self._database.reading() as connection:
            return tuple(connection.execute(select(func.count(), func.max(prices.c.id)).select_from(prices)).one())

    def everything(self) -> Mapping[int, Sequence[Price]]:
        """Project id -> its prices."""
        found: dict[int, list[Price]] = defaultdict(list)
        with self._database.reading() as connection:
            for row in connection.execute(select(prices).order_by(prices.c.id)):
                found[row.project_id].append(_price(row))
        return found

    def of(self, project_id: int) -> list[Price]:
        """The project's prices, oldest first."""
        mine = select(prices).where(prices.c.project_id == project_id).order_by(prices.c.id)
        with self._database.reading() as connection:
            return [_price(row) for row in connection.execute(mine)]

    def keep(self, project_id: int, price: Price) -> Price:
        """Keep a price, in place of one for the same model, provider and beginning; its id is given here.

        Raises BadRequest for what is no price, Conflict when there are too many.
        """
        _check(price)
        same = and_(
            prices.c.project_id == project_id,
            prices.c.model == price.model,
            prices.c.provider == price.provider,
            prices.c.valid_from.is_not_distinct_from(_moment(price.valid_from_ns)),
        )
        with self._database.writing() as connection:
            connection.execute(delete(prices).where(same))
            if _count(connection, prices.c.project_id == project_id) >= MAX_PRICES:
                raise Conflict(
                    f"cannot set the price: the project has {MAX_PRICES} already",
                    hint="Remove some, or use patterns such as my-model-*.",
                )
            row = connection.execute(
                prices.insert()
                .values(project_id=project_id, created_at=self._now(), **_columns(price))
                .returning(prices)
            ).one()
        return _price(row)

    def remove(self, project_id: int, price_id: int) -> str:
        """The model that it was for. Raises NotFound."""
        model: str | None = None
        if 0 < price_id <= MAX_ID:
            mine = (prices.c.project_id == project_id) & (prices.c.id == price_id)
            with self._database.writing() as connection:
                model = connection.execute(select(prices.c.model).where(mine)).scalar()
                connection.execute(delete(prices).where(mine))
        if model is None:
            raise NotFound(
                f"cannot remove price {price_id}: this project has no such price",
                hint="threadline prices list shows their ids.",
            )
        return model


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(prices).where(condition)).scalar_one()


def _check(price: Price) -> None:
    for name, text in (("model", price.model), ("provider", price.provider)):
        if len(text) > MAX_NAME_LENGTH or not text.isprintable() or text != text.strip():
            raise BadRequest(
                f"cannot set the price: its {name} must be at most {MAX_NAME_LENGTH} printable characters, without spaces around"
            )
    if not price.model:
        raise BadRequest("cannot set the price: it names no model", hint="Name one, or a pattern such as my-model-*.")
    for name in ("input", "output", "cached_read", "cache_write", "reasoning"):
        amount = getattr(price, name)
        if amount is not None and not _is_amount(amount):
            raise BadRequest(
                f"cannot set the price: {name.replace('_', ' ')} must be 0 to {MAX_DOLLARS} dollars per million tokens,"
                " to 6 decimals"
            )
    begins, ends = price.valid_from_ns, price.valid_to_ns
    if begins is not None and ends is not None and begins >= ends:
        raise BadRequest("cannot set the price: it ends before it begins", hint="Give a later end, or none.")


def _is_amount(amount: Decimal) -> bool:
    try:
        return 0 <= amount <= MAX_DOLLARS and amount == amount.quantize(_STEP)
    except InvalidOperation:
        return False


def _columns(price: Price) -> dict[str, object]:
    amounts = {name: getattr(price, name) for name in ("input", "output", "cached_read", "cache_write", "reasoning")}
    return {
        "model": price.model,
        "provider": price.provider,
        **{name: None if amount is None else format(amount, "f") for name, amount in amounts.items()},
        "valid_from": _moment(price.valid_from_ns),
        "valid_to": _moment(price.valid_to_ns),
    }


def _price(row: Row[tuple[object, ...]]) -> Price:
    def amount(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return Price(
        id=row.id, model=row.model, provider=row.provider, input=Decimal(row.input), output=Decimal(row.output),
        cached_read=amount(row.cached_read), cache_write=amount(row.cache_write), reasoning=amount(row.reasoning),
        valid_from_ns=_ns(row.valid_from), valid_to_ns=_ns(row.valid_to),
    )  # fmt: skip


def _moment(time_ns: int | None) -> datetime | None:
    return None if time_ns is None else _EPOCH + timedelta(microseconds=time_ns // 1_000)


def _ns(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
