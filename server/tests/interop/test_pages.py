"""The pages about libraries that only a recording of is here: sent where and how their settings say, everything arrives."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from server.tests.api.running import Caller

from .recordings import Sent, recorded

PAGES = Path(__file__).parents[3] / "docs" / "ecosystems"
RECORDED = {
    "google-adk.md": "adk-gemini",
    "haystack.md": "haystack-pipeline",
    "mlflow.md": "mlflow",
    "smolagents.md": "smolagents",
    "strands.md": "strands",
}


def settings_of(page: str) -> dict[str, str]:
    """What the page says to export."""
    told = re.findall(r"^export (\w+)=\"?([^\"\n]*)\"?$", PAGES.joinpath(page).read_text(), re.MULTILINE)
    return dict(told)


def address_of(settings: dict[str, str]) -> str:
    """Where an exporter of OpenTelemetry sends traces by these settings."""
    endpoint = settings.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return endpoint or settings["OTEL_EXPORTER_OTLP_ENDPOINT"].rstrip("/") + "/v1/traces"


def headers_of(settings: dict[str, str], key: str) -> dict[str, str]:
    told = settings.get("OTEL_EXPORTER_OTLP_TRACES_HEADERS") or settings["OTEL_EXPORTER_OTLP_HEADERS"]
    name, value = told.split("=", 1)
    return {name.lower(): unquote(value).replace("pk_xxx", key)}


def spans_of(requests: list[Sent]) -> set[tuple[str, str]]:
    found = set()
    for sent in requests:
        for of_resource in ExportTraceServiceRequest.FromString(sent.body).resource_spans:
            for of_scope in of_resource.scope_spans:
                found |= {(span.trace_id.hex(), span.span_id.hex()) for span in of_scope.spans}
    return found


@pytest.mark.parametrize("page", RECORDED)
def test_what_the_library_of_a_page_sends_arrives_with_the_settings_of_the_page(page: str, caller: Caller) -> None:
    settings = settings_of(page)
    key = caller.headers["authorization"].removeprefix("Bearer ")
    traces = [sent for sent in recorded(RECORDED[page]) if sent.path.endswith("/v1/traces")]

    for sent in traces:
        answer = caller.request(
            "POST",
            urlsplit(address_of(settings)).path,
            content=sent.body,
            headers={"content-type": sent.kind, **headers_of(settings, key)},
        )
        assert answer.status_code == 200, answer.text
    caller.server.fresh()

    shown = caller.read("/observability/traces", ("include", "spans"))["data"]
    assert {(trace["id"], span["id"]) for trace in shown for span in trace["spans"]} == spans_of(traces)
