"""A project in which every text that can be sent or said is hostile, and what a page with it may consist of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from playwright.sync_api import Page

from e2e.api import Api, eventually
from e2e.browser.conversations import ago, generation, iso
from e2e.browser.hostile_texts import PAYLOADS, TEXTS

ALL: Final = "everything \"&'<b>"
"""The session with a turn, a score and a comment for each text."""
FORMAT: Final = "threadline.session/1"
_BEGIN: Final = ago(minutes=50)
_DECEPTIVE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u2028-\u202e\u2060-\u2069\ufeff]")
_ELEMENTS: Final = """
html head meta title link body main nav header footer section article aside div span p h1 h2 h3 h4 ul ol li dl
dt dd a b i button input select option optgroup textarea label fieldset legend form output table caption thead
tbody tfoot tr th td svg desc foreignobject details summary path g rect circle line text polyline polygon
ellipse defs pattern lineargradient stop clippath canvas time bdi mark code pre strong em small blockquote hr
br kbd script style img datalist abbr sup sub figure figcaption
"""
ELEMENTS: Final = _ELEMENTS.split()
"""What our own pages are made of."""
FAULTS: Final = """
elements => {
  const faults = [], ours = address => new URL(address, location.href).origin === location.origin;
  if (window.ran !== undefined) faults.push('it ran: ' + window.ran);
  if ({}.ran !== undefined || [].ran !== undefined) faults.push('it changed a prototype');
  const evil = /evil|ran\\s*=|javascript:|expression\\(|url\\(|@import/i;
  for (const one of document.querySelectorAll('*')) {
    const name = one.localName.toLowerCase();
    if (name === 'noscript' && one.parentElement === document.body) continue;
    if (!elements.includes(name)) faults.push('an element ' + name);
    if (name === 'script' && !(one.getAttribute('src') ?? '').startsWith('/assets/')) faults.push('a script');
    if (name === 'style' && evil.test(one.textContent)) faults.push('a style: ' + one.textContent.slice(0, 80));
    if (name === 'img' && one.getAttribute('src') !== '/favicon.svg') faults.push('a picture ' + one.outerHTML);
    if (name === 'meta' && one.httpEquiv) faults.push('a meta ' + one.httpEquiv);
    for (const { name: key, value } of one.attributes) {
      if (/^on|^(srcdoc|srcset|action|formaction|ping|poster|background|xlink:href|is)$/i.test(key)) faults.push(`${name} ${key}`);
      if (key === 'style' && evil.test(value)) faults.push(`${name} style=${value}`);
      if (/^(id|name|class|for)$/.test(key) && /[<>"'{}]|evil|ran=/.test(value)) faults.push(`${name} ${key}=${value}`);
      if (key === 'src' && !ours(value)) faults.push(`${name} src=${value}`);
      if (key !== 'href' || (name !== 'a' && ours(value))) continue;
      const { protocol, origin } = new URL(value, location.href);
      if (origin === location.origin && /^[/?#]/.test(value)) continue;
      const isSafe = name === 'a' && one.rel === 'noopener noreferrer nofollow' && one.target === '_blank';
      if (!isSafe || !['https:', 'http:', 'mailto:'].includes(protocol)) faults.push(`${name} href=${value}`);
    }
  }
  const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode())
    if (/[\\u202d\\u202e\\u{e0020}-\\u{e007e}]/u.test(node.data))
      faults.push(`letters out of order or hidden in ${node.parentElement.localName}.${node.parentElement.className}: ${node.data}`.slice(0, 200));
  return [...new Set(faults)];
}
"""


def is_harmless(page: Page) -> None:
    """Neither did anything run, nor is there an element or attribute that only data could have made."""
    faults = page.evaluate(FAULTS, ELEMENTS)
    assert faults == [], faults


def visible(name: str) -> str:
    """A name as pages show it: on a line, with what would reorder or hide what stands around it written out."""
    spelled = _DECEPTIVE.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", re.sub("[\t-\r]+", " ", name))
    tags = re.compile("[\U000e0020-\U000e007e]+")
    return tags.sub(lambda run: f"⟨hidden: {''.join(chr(ord(tag) - 0xE0000) for tag in run[0])}⟩", spelled)


def trace(number: int, text: str, session_id: str | None) -> dict[str, Any]:
    """One that says ``text`` wherever a trace can say something."""
    call = {
        "id": "c-1",
        "type": "function",
        "function": {"name": text, "arguments": {text: text, "__proto__": {"ran": 1}}},
    }
    messages = [
        {"role": "system", "content": text},
        {"role": "user", "content": text, "name": text},
        {"role": text, "content": text},
        {"role": "assistant", "content": text, "reasoning_content": text, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c-1", "content": text},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": text}}, {"type": text, "text": text}]},
        {"role": "user", "content": [{"type": "file", "file": {"filename": text, "file_data": text, "file_id": text}}]},
    ]
    begin = _BEGIN + timedelta(seconds=number)
    times = {"startTime": iso(begin), "endTime": iso(begin + timedelta(milliseconds=900))}
    fault = {"type": text, "message": text, "stack": text}
    step = generation(messages, {"role": "assistant", "content": text, "reasoning_content": text}, model=text)
    used = {"kind": "tool", "name": text, "input": {text: text}, "output": {"__proto__": {"ran": 1}, text: [text]}}
    told = {"provider": text, "error": fault, "modelParameters": {text: text}, text: text}
    return {
        "id": f"{'all' if session_id == ALL else 'one'}-{number}",
        "sessionId": session_id,
        **dict.fromkeys(("name", "userId", "environment", "release", "output"), text),
        "tags": [text],
        "metadata": {text: text, "__proto__": text, "constructor": {"prototype": {"ran": 1}}},
        "input": {"message": text},
        "error": fault,
        **times,
        text: text,
        "observations": [{**step, **told, "name": text, "id": "g-1", **times}, {**used, **told, "id": "u-1", **times}],
    }


def fill(api: Api) -> None:
    """What people set, everything that is sent, then everything that is said of it."""
    for method, path, body in _set():
        answer = api.http.request(method, f"/observability{path}", json=body)
        assert answer.status_code in {200, 201}, answer.text
    texts = list(TEXTS.values())
    alone = [trace(number, text, text) for number, text in enumerate(texts)]
    api.send([*alone, *(trace(number, text, ALL) for number, text in enumerate(texts))])
    lone = {**trace(0, texts[0], None), "id": "t-alone"}
    refused = {**trace(1, texts[0], None), "startTime": texts[0]}
    assert api.http.post("/observability/traces", json={"traces": [lone, refused]}).json()["accepted"] == 1
    eventually(lambda: api.get("/quality")["withoutSession"]["traceCount"], lambda count: count == 1)
    eventually(lambda: len(api.get("/alerts")["data"]), lambda fired: fired >= len(PAYLOADS))
    _mask(api)
    said = "\n".join(json.dumps(line) for line in _said(texts))
    answer = api.http.post("/observability/import", content=said, headers={"content-type": "application/x-ndjson"})
    assert (answer.status_code, answer.json()["rejected"], answer.json()["notKept"]) == (200, [], [])


def _mask(api: Api) -> None:
    """Only now: what came in before stays as it was."""
    patterns = [
        {"name": f"p{number}", "pattern": f"never {re.escape(text)}"} for number, text in enumerate(PAYLOADS[:10])
    ]
    answer = api.http.put("/observability/settings/masking", json={"detectors": [], "patterns": patterns})
    assert answer.status_code == 200, answer.text


def _said(texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Titles, outcomes, tags and metadata, scores and comments, as a file brings them: one request for all."""
    moment = {"saidUnixNano": str(int(_BEGIN.timestamp() * 1e9))}
    scores, comments = [], []
    for number, text in enumerate(texts):
        short = text[:200]
        facts = {"title": text, "outcome": short, "tags": [short], f"metadata.{short}": text}
        told = [{"field": field, "value": value, **moment} for field, value in facts.items()]
        yield {"format": FORMAT, "id": text, "facts": told}
        score = {"kind": "category", "name": short, "label": short, "comment": text, "source": short}
        scores.append({"id": f"s-{number}", "time": int(_BEGIN.timestamp() * 1000), **score, **moment})
        comments.append({"id": f"c-{number}", "body": text, "author": text[:100], **moment})
    yield {"format": FORMAT, "id": ALL, "givenScores": scores, "givenComments": comments}


def _set() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """What people name in a project."""
    for text in PAYLOADS:
        yield "POST", "/goals", {"name": text, "when": {"tag": text}}
        yield "POST", "/views", {"name": text, "q": text, "columns": [text]}
        rule = {"when": {"session": "traceCount", "above": 0}, "filters": {"tag": [text]}}
        yield "POST", "/alerts/rules", {"name": text, **rule}
        yield "POST", "/keys", {"name": text[:100], "scopes": ["ingest"]}
        yield "POST", "/prices", {"model": text, "provider": text, "input": 1}


def address(*parts: str, **query: str) -> str:
    """A page's address with each part and value encoded."""
    path = "".join(f"/{quote(part, safe='')}" for part in parts)
    return path + ("?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items()) if query else "")
