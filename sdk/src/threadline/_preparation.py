"""What is done to a span between the program and the wire: content left out, texts masked, the whole cut to size."""

from __future__ import annotations

from collections.abc import Mapping

from threadline import semconv
from threadline._masking import Masking
from threadline._plain_values import dump
from threadline._records import AttributeValue, ErrorRecord, Exporter, ScoreRecord, SpanRecord
from threadline._values import shortened


class Preparation:
    """Called with each span on the background thread, before it is encoded and before it reaches a disk."""

    def __init__(self, masking: Masking | None, *, captures_content: bool, max_span_characters: int) -> None:
        self._masking = masking
        self._captures_content = captures_content
        self._max_span_characters = max_span_characters

    def __call__(self, record: SpanRecord) -> SpanRecord:
        """Returns what may leave the process."""
        if not self._captures_content:
            record = without_content(record)
        if self._masking is not None:
            record = self._masking.span(record)
        return within(record, self._max_span_characters)

    def score(self, record: ScoreRecord) -> ScoreRecord:
        """Returns what of a score may leave the process."""
        if not self._captures_content:
            record = record._replace(attributes=_without_content(record.attributes))
        return record if self._masking is None else self._masking.score(record)


class PreparedExporter:
    """Prepares spans for an exporter of the program's own, on the thread that ends them."""

    def __init__(self, exporter: Exporter, preparation: Preparation) -> None:
        self._exporter = exporter
        self._preparation = preparation

    def export(self, record: SpanRecord) -> None:
        self._exporter.export(self._preparation(record))

    def export_score(self, record: ScoreRecord) -> None:
        self._exporter.export_score(self._preparation.score(record))

    def flush(self, timeout: float) -> bool:
        return self._exporter.flush(timeout)

    def close(self, timeout: float) -> bool:
        return self._exporter.close(timeout)

    def after_fork_in_child(self) -> None:
        self._exporter.after_fork_in_child()


def without_content(record: SpanRecord) -> SpanRecord:
    """Returns the span without what was said; of an error its type and time remain."""
    error = record.error
    return record._replace(
        attributes=_without_content(record.attributes),
        events=tuple(event._replace(attributes=_without_content(event.attributes)) for event in record.events),
        error=None if error is None else ErrorRecord(error.type, "", "", error.at_ns),
    )


def _without_content(attributes: Mapping[str, AttributeValue]) -> dict[str, AttributeValue]:
    return {name: value for name, value in attributes.items() if name not in semconv.CONTENT}


def within(record: SpanRecord, max_characters: int) -> SpanRecord:
    """Returns the span with no more characters than that, its longest texts cut first and marked."""
    texts = {name: value for name, value in record.attributes.items() if isinstance(value, str)}
    if record.error is not None:
        texts |= {"": record.error.message, " ": record.error.stack}  # no attributes' names
    if sum(map(len, texts.values())) <= max_characters:
        return record
    limit = _fair_share([len(text) for text in texts.values()], max_characters)
    attributes: dict[str, AttributeValue] = {
        name: _cut(name, value, limit) if isinstance(value, str) else value for name, value in record.attributes.items()
    }
    error = record.error
    if error is not None:
        error = error._replace(message=shortened(error.message, limit), stack=shortened(error.stack, limit))
    return record._replace(attributes=attributes, error=error)


def _fair_share(lengths: list[int], total: int) -> int:
    """Returns the length to which the longest have to be cut so that all fit."""
    for index, length in enumerate(sorted(lengths)):
        share = total // (len(lengths) - index)
        if length > share:
            return share
        total -= length
    return total


def _cut(name: str, text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    # JSON that is cut is no JSON, but a text that tells how it began is.
    if name in semconv.JSON_TEXTS:
        return dump({"value": shortened(text, limit)} if name in semconv.JSON_OBJECTS else shortened(text, limit))
    return shortened(text, limit)
