"""LangSmith's addresses, at the root and under ``/api/v1``: an SDK of theirs works by changing endpoint and key.

Source: https://docs.smith.langchain.com/reference. OTLP is in ``otlp``.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from threadline_server import __version__
from threadline_server.errors import ThreadlineError
from threadline_server.ingest.decode import langsmith_runs
from threadline_server.ingest.prepare import Outcome
from threadline_server.serve.foreign import json_answer, rejections, sentence, taken, told_by

_PREFIXES: Final = ("", "/api/v1")
_BATCH_RUNS: Final = 100


def _failure(error: ThreadlineError) -> dict[str, str]:
    return {"detail": sentence(error)}


def _answer(outcome: Outcome) -> Response:
    """202; where nothing could be taken 422, so that the SDK tells its user."""
    refused = rejections(outcome)
    if refused and len(refused) == outcome.received:
        told = "; ".join(dict.fromkeys(entry["message"] for entry in refused[:5]))
        return json_answer({"detail": f"cannot take any of {len(refused)}: {told}", "rejected": refused}, 422)
    return json_answer({"accepted": outcome.received - len(refused), "rejected": refused}, 202)


@told_by(_failure)
async def post_run(request: Request) -> Response:
    """``POST /runs``."""
    return _answer(await taken(request, langsmith_runs.decode_post))


@told_by(_failure)
async def patch_run(request: Request) -> Response:
    """``PATCH /runs/{id}``."""
    return _answer(await taken(request, partial(langsmith_runs.decode_patch, run_id=request.path_params["run_id"])))


@told_by(_failure)
async def post_batch(request: Request) -> Response:
    """``POST /runs/batch``."""
    return _answer(await taken(request, langsmith_runs.decode_batch))


@told_by(_failure)
async def post_multipart(request: Request) -> Response:
    """``POST /runs/multipart``."""
    content_type = request.headers.get("content-type", "")
    return _answer(await taken(request, partial(langsmith_runs.decode_multipart, content_type=content_type)))


@told_by(_failure)
async def post_feedback(request: Request) -> Response:
    """``POST /feedback``."""
    return _answer(await taken(request, langsmith_runs.decode_feedback))


async def info(request: Request) -> Response:
    """``GET /info``: what an SDK asks first, to learn how to send."""
    limit: int = request.app.state.settings.max_body_bytes
    ingestion: dict[str, Any] = {
        "use_multipart_endpoint": True,
        "scale_up_qsize_trigger": 1000,
        "scale_up_nthreads_limit": 16,
        "scale_down_nempty_trigger": 4,
        "size_limit": _BATCH_RUNS,
        "size_limit_bytes": limit,
    }
    flags = {"zstd_compression_enabled": True, "gzip_body_enabled": True}
    return json_answer({"version": __version__, "batch_ingest_config": ingestion, "instance_flags": flags})


ROUTES: Final = tuple(
    Route(f"{prefix}{path}", endpoint, methods=[method])
    for prefix in _PREFIXES
    for method, path, endpoint in (
        ("GET", "/info", info),
        ("POST", "/runs", post_run),
        ("POST", "/runs/batch", post_batch),
        ("POST", "/runs/multipart", post_multipart),
        ("PATCH", "/runs/{run_id}", patch_run),
        ("POST", "/feedback", post_feedback),
    )
)
