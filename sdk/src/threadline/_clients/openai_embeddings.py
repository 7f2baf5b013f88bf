"""OpenAI's embeddings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from threadline._clients.answers import Answer, Asked, Json, Usage, chosen, count, plain, text
from threadline._spans import SpanKind

_PARAMETERS = frozenset({"dimensions", "encoding_format"})
_BYTES_OF_A_NUMBER = 4


class Embeddings:
    """``/embeddings``: of the vectors only their number and length are kept, which is what a reader can use."""

    operation = "embeddings"
    kind: SpanKind = "embedding"

    def asked(self, body: Json) -> Asked:
        return Asked(text(body.get("model")), chosen(body, frozenset({"input"})), chosen(body, _PARAMETERS))

    def plain(self, answer: Any) -> Json:
        if isinstance(answer, Mapping):
            return answer
        return {"data": answer.data, "model": answer.model, "usage": plain(answer.usage)}

    def answer(self, whole: Json) -> Answer:
        vectors = whole.get("data") or []
        usage = Usage(prompt=count(whole.get("usage"), "prompt_tokens"))
        output = {"embeddings": len(vectors), "dimensions": _dimensions(vectors[0]) if vectors else 0}
        return Answer(output, text(whole.get("model")), usage=usage)

    def assembler(self) -> None:
        return None


def _dimensions(item: Any) -> int:
    vector: Any = item.get("embedding") if isinstance(item, Mapping) else item.embedding
    if not isinstance(vector, str):
        return len(vector)
    # Base64: four characters for three bytes, filled up with =.
    return (len(vector) * 3 // 4 - vector.count("=")) // _BYTES_OF_A_NUMBER
