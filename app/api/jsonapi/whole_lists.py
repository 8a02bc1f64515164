"""``page[size]=0``, and pages of very many rows: all that is asked for in one answer, however much there is.

A long answer is read and rendered chunk by chunk, at one moment, into files, and sent when it is complete. So an error
on the way is an error document and not half a list; of what was written only the ids stay in memory; and who reads
slowly keeps a thread, but no connection of the database.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import orjson
from flask import Response

from app.api.jsonapi import placing, reading, rendering
from app.api.jsonapi.documents import MEDIA_TYPE
from app.api.jsonapi.querystring import Query, SchemaClass, Tree, schema_behind
from app.api.jsonapi.reading import Asked, Page
from app.api.jsonapi.rendering import Document
from app.database import snapshot

CHUNK = 500
"""Rows that are in memory at once."""

LONG_PAGE = 2000
"""Rows beyond which a page is made as a whole list is. So many take 16 MB at once, and in chunks half as much processor
time again: 69 ms instead of 46 (measured with attendees)."""

IN_MEMORY = 1024 * 1024
"""Bytes of an answer beyond which it is written to the disk."""

PIECE = 64 * 1024
"""Bytes that are sent together."""


def is_long(query: Query) -> bool:
    """Whether it is all that is asked for, or a page that may be too long to be made at once."""
    return not 0 < query.page_size <= LONG_PAGE


def respond(asked: Asked, query: Query) -> Response:
    """The answer with all rows of a list, or of a long page of it. Raises `BadRequest`.

    One that is no longer than a chunk takes the statements of a page, and stays in memory; so does one whose chunks
    cannot be told apart.
    """
    placing.require_sense(query)
    short = _short(asked, query)
    if short is None and not _can_be_parted(query.include, asked.schema):
        short = reading.page(asked, query)
    if short is not None:
        return rendering.respond(rendering.collection(short, asked.schema, query))
    return in_chunks(
        asked, query, lambda ids: rendering.collection(reading.some(asked, query, ids), asked.schema, query)
    )


def in_chunks(asked: Asked, query: Query, document_of: Callable[[Sequence[int]], Document]) -> Response:
    """The answer with all that is asked for, of which ``document_of`` makes a few rows, by their ids: their data, and
    what is included with them. Raises `BadRequest`."""
    with ExitStack() as files:
        data, included = (_Members(files.enter_context(SpooledTemporaryFile(IN_MEMORY))) for _ in range(2))
        with snapshot():
            listed = reading.in_order(asked, query)
            frame = rendering.collection(Page([], listed.count, {}), asked.schema, query)
            frame["links"] = rendering.page_links(listed, query)
            if len(listed.ids) <= CHUNK:
                return rendering.respond(document_of(listed.ids) | {"links": frame["links"], "meta": frame["meta"]})
            if query.include:
                included.know(asked.schema.opts.type_, listed.ids)
            for start in range(0, len(listed.ids), CHUNK):
                chunk = document_of(listed.ids[start : start + CHUNK])
                data.add(chunk["data"])
                included.add_new(chunk.get("included", ()))
        parts = {"data": data, "included": included, "jsonapi": rendering.JSONAPI}
        members = frame | {name: part for name, part in parts.items() if name in frame or name == "jsonapi"}
        body = _Body(members, files.pop_all())
    headers = {"Content-Length": str(len(body)), **rendering.PERSONAL}
    return Response(body, content_type=MEDIA_TYPE, headers=headers)


def _short(asked: Asked, query: Query) -> Page | None:
    """All that is asked for, if it is no more than a chunk. Of pages behind the first nobody can tell: where they begin
    depends on how long they are."""
    if query.page_size and query.page_number > 1 and query.page_after is None:
        return None
    beginning = reading.page(asked, replace(query, page_size=CHUNK, page_number=1))
    if beginning.more:
        return None
    return beginning if query.page_size else replace(beginning, count=len(beginning.rows))


def _can_be_parted(include: Tree, schema: SchemaClass) -> bool:
    """Whether what a chunk shows is written there as in the whole document: because every type is included with the
    same relationships, and the rows themselves, where a way leads back to them, with none that they have not got
    anyway. Else the linkage of a row tells of ways that lead to it from rows of other chunks."""
    reached: dict[str, Tree] = {}
    ways = [(schema, include)]
    for here, tree in ways:
        for name, subtree in tree.items():
            there = schema_behind(here, name)
            type_ = there.opts.type_
            if type_ == schema.opts.type_ and not _is_within(subtree, include):
                return False
            if reached.setdefault(type_, subtree) != subtree:
                return False
            ways.append((there, subtree))
    return True


def _is_within(tree: Tree, other: Tree) -> bool:
    return all(name in other and _is_within(subtree, other[name]) for name, subtree in tree.items())


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

    def know(self, type_: str, ids: Iterable[int]) -> None:
        """Takes these for written: they are, in another place."""
        self._known[type_].update(ids)

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
