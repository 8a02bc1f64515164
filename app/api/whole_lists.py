"""``page[size]=0``: all rows of a list in one answer, however many there are.

A long list is read and rendered chunk by chunk, at one moment, into files, and sent when it is complete. So an error on
the way is an error document and not half a list; of what was written only the ids stay in memory; and who reads slowly
keeps a thread, but no connection of the database.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import orjson
from flask import Response

from app.api import placing, reading, rendering
from app.api.documents import MEDIA_TYPE
from app.api.querystring import Query, SchemaClass, Tree, schema_behind
from app.api.reading import Asked, Page
from app.api.rendering import Document
from app.database import snapshot

CHUNK = 500
"""Rows that are in memory at once."""

IN_MEMORY = 1024 * 1024
"""Bytes of an answer beyond which it is written to the disk."""

PIECE = 64 * 1024
"""Bytes that are sent together."""


def respond(asked: Asked, query: Query) -> Response:
    """The answer with all rows of a list. Raises `BadRequest`.

    One that is no longer than a chunk takes the statements of a page, and stays in memory; so does one whose chunks
    cannot be told apart.
    """
    placing.require_sense(query)
    beginning = reading.page(asked, replace(query, page_size=CHUNK, page_number=1))
    if not beginning.more:
        whole = replace(beginning, count=len(beginning.rows))
        return rendering.respond(rendering.collection(whole, asked.schema, query))
    if not _can_be_parted(query.include, asked.schema):
        return rendering.respond(rendering.collection(reading.page(asked, query), asked.schema, query))
    with ExitStack() as files:
        data, included = (_Members(files.enter_context(SpooledTemporaryFile(IN_MEMORY))) for _ in range(2))
        with snapshot():
            ids = array("q", reading.in_order(asked, query))
            for start in range(0, len(ids), CHUNK):
                page = reading.some(asked, query, ids[start : start + CHUNK])
                chunk = rendering.collection(page, asked.schema, query)
                data.add(chunk["data"])
                included.add_new(chunk.get("included", ()))
        frame = rendering.collection(Page([], len(ids), {}), asked.schema, query)
        parts = {"data": data, "included": included, "jsonapi": rendering.JSONAPI}
        members = frame | {name: part for name, part in parts.items() if name in frame or name == "jsonapi"}
        body = _Body(members, files.pop_all())
    return Response(body, content_type=MEDIA_TYPE, headers={"Content-Length": str(len(body))})


def _can_be_parted(include: Tree, schema: SchemaClass) -> bool:
    """Whether what a chunk includes is written there as in the whole document, because every type is reached with the
    same relationships, and none is that of the rows themselves: else the linkage of a row tells of ways that lead to it
    from rows of other chunks."""
    reached: dict[str, Tree] = {schema.opts.type_: {}}
    ways = [(schema, include)]
    for here, tree in ways:
        for name, subtree in tree.items():
            there = schema_behind(here, name)
            if there.opts.type_ == schema.opts.type_ or reached.setdefault(there.opts.type_, subtree) != subtree:
                return False
            ways.append((there, subtree))
    return True


class _Members:
    """Resource objects, written to a file as the inside of a JSON array."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._known: defaultdict[str, set[int]] = defaultdict(set)

    def __len__(self) -> int:
        return self._file.tell()

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece

    def add(self, resources: list[Document]) -> None:
        """Writes these behind the others."""
        if resources:
            self._file.write((b"," if len(self) else b"") + orjson.dumps(resources)[1:-1])

    def add_new(self, resources: Iterable[Document]) -> None:
        """Writes those that were not written before."""
        new = []
        for resource in resources:
            known, row_id = self._known[resource["type"]], int(resource["id"])
            if row_id not in known:
                known.add(row_id)
                new.append(resource)
        self.add(new)


class _Body:
    """A document whose members are JSON, or `_Members` in ``files``. It is sent once."""

    def __init__(self, members: dict[str, Any], files: ExitStack):
        self._files = files
        self._parts: list[bytes | _Members] = []
        for name, value in members.items():
            before = b'%s"%s":' % (b"," if self._parts else b"{", name.encode())
            if isinstance(value, _Members):
                self._parts += [before + b"[", value, b"]"]
            else:
                self._parts.append(before + orjson.dumps(value))
        self._parts.append(b"}")
        self._length = sum(map(len, self._parts))

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        with self._files:
            for part in self._parts:
                if isinstance(part, _Members):
                    yield from part
                else:
                    yield part

    def close(self) -> None:
        """Removes the files. Called by the server, also when nothing was sent."""
        self._files.close()
