"""Law 6 where a span is told in parts: a good answer is sent when the parts and their spans are on disk, and never before."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pyarrow as pa
import pytest

from server.tests.api.running import Caller
from server.tests.spans import ask
from threadline_server.errors import Unavailable

from . import events
from .events import event, request
from .recorded import deliver, recorded
from .test_refusals import ITEM, RUN, said

WAYS = {
    "/api/public/ingestion": request(
        [event(1, "span-create", 1, id="o", traceId="r", startTime=events.moment(1))]
    ).body,
    "/runs": orjson.dumps(RUN),
    "/v1/traces/ingest": orjson.dumps({"data": [{**ITEM, "trace_id": "r"}]}),
}


@pytest.mark.parametrize("refused", ["span_parts", "spans"])
@pytest.mark.parametrize("path", WAYS)
def test_a_store_that_refuses_either_table_is_503_and_what_is_sent_again_is_there_once(
    path: str, refused: str, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = caller.server.database.insert
    refusals = [refused]

    def refusing(table: str, batches: Sequence[pa.RecordBatch]) -> None:
        if table in refusals:
            refusals.remove(table)
            raise Unavailable("cannot use the store now")
        insert(table, batches)

    monkeypatch.setattr(caller.server.database, "insert", refusing)

    first = caller.post(path, WAYS[path])
    counted = caller.read("/observability/ingestion")
    again = caller.post(path, WAYS[path])
    caller.server.fresh()

    assert (first.status_code, first.headers["retry-after"]) == (503, "2")
    assert said(path, first.json()) == "cannot use the store now"
    assert counted == {"received": 0, "stored": 0, "rejected": {}, "ignored": {}}
    assert again.status_code < 300
    assert [trace["id"] for trace in caller.pages("/observability/traces")] == ["r"]


def test_scores_and_feedback_are_on_disk_as_they_came(caller: Caller) -> None:
    deliver(caller, recorded("langfuse-v2"))
    score = {"id": "sc", "traceId": "t", "name": "thumbs", "value": 1.0, "comment": "nice"}
    feedback = {"id": "f", "run_id": "r", "key": "thumbs", "score": 1}
    assert caller.post("/api/public/scores", orjson.dumps([score])).status_code == 200
    assert caller.post("/feedback", orjson.dumps(feedback)).status_code == 202

    rows = ask(
        caller.server.database,
        "SELECT wire, body FROM span_parts FINAL"
        f" WHERE project_id = {caller.project_id} AND wire IN ('langfuse.score', 'langsmith.feedback') ORDER BY wire, span_id",
    )

    assert [(row["wire"], orjson.loads(row["body"])) for row in rows] == [
        (
            "langfuse.score",
            {
                "score": {
                    "id": "6f0660c1-1f5e-45ef-9205-ed8662d35944",
                    "traceId": "53509596-5278-479f-9e37-b4ededaea58c",
                    "name": "thumbs",
                    "value": 1.0,
                }
            },
        ),
        ("langfuse.score", {"score": score}),
        ("langsmith.feedback", {"feedback": feedback}),
    ]


@pytest.mark.parametrize(
    "hostile", ["a'b\\'c", "tab\tline\nback\\slash", "%00 \x00", "ü🙂'); DROP TABLE spans; --", '"[]{}']
)
def test_an_id_of_any_text_finds_its_own_parts(hostile: str, caller: Caller) -> None:
    begin = event(1, "span-create", 1, id=hostile, traceId="t", startTime=events.moment(1), input="Hello?")
    end = event(2, "span-update", 2, id=hostile, traceId="t", endTime=events.moment(2), output="Hello!")

    deliver(caller, [request([begin]), request([end])])

    [span] = caller.read("/observability/traces/t")["spans"]
    assert (span["id"], span["input"], span["output"]) == (hostile, "Hello?", "Hello!")
