"""What a project masks: to look and to try needs the scope read, to change it admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias

from fastapi import Depends, Request
from pydantic import Field

from threadline_server.identity import Principal
from threadline_server.ingest.mask_book import MaskBook
from threadline_server.masking.masker import masker_of
from threadline_server.masking.rules import MAX_PATTERN, MAX_PATTERNS, MaskingRules, OwnPattern, checked
from threadline_server.serve.admin import TheIdentity, only_parameters
from threadline_server.serve.auth import PRINCIPAL, Admin, Reader
from threadline_server.serve.described import router_of
from threadline_server.serve.noting import note
from threadline_server.serve.wire import Answer, Body

Mask: TypeAlias = Callable[[Any], Any]


class PatternBody(Body):
    name: str = Field(description="Unique; what is found becomes [name].")
    pattern: str = Field(description=f"In the syntax of RE2, at most {MAX_PATTERN} characters.")


class MaskingBody(Body):
    detectors: list[Literal["email", "phone", "card", "iban", "apiKey"]] = Field(
        default=[], description="Built-in detectors."
    )
    patterns: list[PatternBody] = Field(default=[], description=f"At most {MAX_PATTERNS} of the project's own.")


class Pattern(Answer):
    name: str
    pattern: str


class MaskingAnswer(Answer):
    detectors: list[str]
    patterns: list[Pattern]


class TryBody(MaskingBody):
    text: str = Field(max_length=100_000, description="Is masked and forgotten.")
    detectors: list[Literal["email", "phone", "card", "iban", "apiKey"]] | None = Field(  # type: ignore[assignment]
        default=None, description="Those to try; as the project has them unless this or patterns is given."
    )


class MaskedText(Answer):
    text: str


def _masker(request: Request) -> Mask:
    """What masks the texts that a request says to its project; without rules each is as it was."""
    who: Principal = request.scope[PRINCIPAL]
    masks: MaskBook = request.app.state.masks
    rules = masks.of(who.project_id)
    return masker_of(rules).value if rules else lambda value: value


TheMasker = Annotated[Mask, Depends(_masker)]
router = router_of("settings", prefix="/observability/settings/masking")


@router.get("", dependencies=[only_parameters()])
def masking_rules(who: Reader, identity: TheIdentity) -> MaskingAnswer:
    """What the project masks in all that arrives."""
    return _answer(identity.masking.of(who.project_id))


@router.put("", dependencies=[only_parameters()])
def change_masking(request: Request, who: Admin, identity: TheIdentity, body: MaskingBody) -> MaskingAnswer:
    """Set all rules. They hold for what arrives from now on; what is stored stays as it is."""
    rules = _rules(body)
    note(request, f"detectors={','.join(rules.detectors)} patterns={len(rules.patterns)}")
    identity.masking.set(who.project_id, rules)
    masks: MaskBook = request.app.state.masks
    masks.refresh()
    return _answer(rules)


@router.post("/try", dependencies=[only_parameters()])
def try_masking(who: Reader, identity: TheIdentity, body: TryBody) -> MaskedText:
    """What the project's rules, or other ones, make of a text; nothing is stored."""
    is_other = body.model_fields_set & {"detectors", "patterns"}
    rules = _rules(body) if is_other else identity.masking.of(who.project_id)
    return MaskedText(text=masker_of(rules).text(body.text))


def _rules(body: MaskingBody) -> MaskingRules:
    return checked(body.detectors or [], [OwnPattern(each.name, each.pattern) for each in body.patterns])


def _answer(rules: MaskingRules) -> MaskingAnswer:
    return MaskingAnswer(
        detectors=list(rules.detectors),
        patterns=[Pattern(name=each.name, pattern=each.pattern) for each in rules.patterns],
    )
