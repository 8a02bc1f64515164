"""Answers that are files."""

from typing import Any

from flask import Response

PDF = "application/pdf"
CSV = "text/csv; charset=utf-8"
ZIP = "application/zip"


def attached(content: Any, media_type: str, name: str, *, disposition: str = "attachment") -> Response:
    """A file to be saved, or shown (``inline``), that nobody on the way keeps: it is about persons."""
    headers = {"Content-Disposition": f'{disposition}; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, headers=headers, content_type=media_type)
