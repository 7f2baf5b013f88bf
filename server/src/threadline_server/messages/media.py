"""Images, sounds and files as references: what a dashboard and an export need to know of them, without their bytes."""

from __future__ import annotations

from typing import Final

from threadline_server.messages.plain import Block, first

_MAX_URL: Final = 2_048


def media_part(kind: str, block: Block) -> Block:
    """A reference to an image, a sound or a file: where it is, or of what type and size it was; never its bytes."""
    fields = _scalars(block)
    url = first(fields, "url", "uri", "file_url", "fileUri", "file_uri", "image_url", "imageUrl")
    data = first(fields, "data", "file_data", "b64_json", "base64", "image", "content")
    media_type = first(fields, "mediaType", "media_type", "mimeType", "mime_type")
    if not isinstance(url, str) and isinstance(data, str) and data.startswith(("http://", "https://")):
        url, data = data, None
    if isinstance(url, str) and url.startswith("data:"):
        url, data = None, url
    if isinstance(data, str) and data.startswith("data:"):
        header, _, data = data.partition(",")
        media_type = header[5:].split(";")[0][:100] or media_type
    if media_type is None and isinstance(fields.get("format"), str):
        media_type = f"{'application' if kind == 'file' else kind}/{fields['format']}"
    part: Block = {"type": _kind_of(kind, first(fields, "modality"), media_type)}
    if isinstance(url, str):
        part["url"] = url[:_MAX_URL]
    if isinstance(media_type, str):
        part["mediaType"] = media_type
    size = fields.get("bytes")
    if isinstance(data, str) or isinstance(size, str):
        encoded = data if isinstance(data, str) else str(size)
        part["bytes"] = len(encoded) * 3 // 4 - encoded[-2:].count("=")
    elif isinstance(size, int):
        part["bytes"] = size
    for key, value in (
        ("name", first(fields, "filename", "name", "title")),
        ("id", first(fields, "file_id", "fileId", "id")),
    ):
        if isinstance(value, str):
            part[key] = value[:_MAX_URL]
    return part


def _scalars(block: Block) -> Block:
    """The block's fields and those of the three levels below it; the outermost of a name stands."""
    fields: Block = {}
    level = [block]
    for _ in range(4):
        below: list[Block] = []
        for each in level:
            for key, value in each.items():
                if isinstance(value, dict):
                    below.append(value)
                elif key not in fields:
                    fields[key] = value
        level = below
    return fields


def _kind_of(kind: str, modality: object, media_type: object) -> str:
    for said in (modality, str(media_type).partition("/")[0]):
        if kind == "file" and said in ("image", "audio", "video"):
            return str(said)
    return kind
