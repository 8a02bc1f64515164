"""Request bodies: their media type and shape, checked before any schema sees them."""

from typing import Any

import orjson
from flask import request

from app.api.edge.http_errors import NotAcceptable, UnsupportedMediaType, WrongType
from app.errors import BadRequest
from app.schemas.fields import ROW_ID

MEDIA_TYPE = "application/vnd.api+json"

DEEPEST = 30
"""Levels of nesting that a body or a filter may have."""


def require_media_types() -> None:
    """Raises `UnsupportedMediaType` and `NotAcceptable` as JSON:API 1.0 demands."""
    if request.method in {"POST", "PATCH"} and request.headers.get("Content-Type", "").strip().lower() != MEDIA_TYPE:
        raise UnsupportedMediaType(f"Content-Type header must be {MEDIA_TYPE}, without parameters.")
    accepted = request.headers.get("Accept")
    if accepted and not any(_speaks_ours(part) for part in accepted.split(",")):
        raise NotAcceptable(f"Accept header must be {MEDIA_TYPE}, without parameters, or */*.")


def parse_json(text: str | bytes, what: str, *, parameter: str | None = None) -> Any:
    """JSON that is not nested beyond reason. Raises `BadRequest`."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadRequest(
            f"{what} is not valid JSON: {error}. Mend it and send it again.", parameter=parameter
        ) from None
    if _deeper_than(value, DEEPEST):
        raise BadRequest(f"{what} is nested more than {DEEPEST} levels deep. Send less depth.", parameter=parameter)
    return value


def read_object() -> dict[str, Any]:
    """The body as a JSON object, whatever its content type. Raises `BadRequest`."""
    value = parse_json(request.get_data(), "The body")
    if not isinstance(value, dict):
        raise BadRequest(
            'The body must be a JSON object. Send {"data": {…}}, or what the documentation of this address shows.'
        )
    return value


def read_resource(type_: str, *, row_id: int | None = None, numeric_id: bool = False) -> dict[str, Any]:
    """The resource object in the body: its type is ``type_``, its members are objects, its id (if asked) ``row_id``.

    With ``numeric_id`` the id may be a JSON number, as it was shown. Raises `BadRequest` for a wrong shape or id and
    `WrongType`.
    """
    resource = read_object().get("data")
    if not isinstance(resource, dict):
        raise BadRequest("The body must have a member `data` that holds one resource object.", pointer="/data")
    if not isinstance(resource.get("type"), str):
        raise BadRequest('Missing type in "data" node. Send the type of the resource.', pointer="/data/type")
    if resource["type"] != type_:
        raise WrongType(f'Invalid type. Expected "{type_}". Send that.', pointer="/data/type")
    for member in ("attributes", "relationships"):
        if not isinstance(resource.get(member, {}), dict):
            raise BadRequest(f"`{member}` must be an object. Send one, or leave it out.", pointer=f"/data/{member}")
    if row_id is not None:
        _require_id(resource, row_id, numeric_id)
    return {"type": type_, **{name: resource[name] for name in ("attributes", "relationships") if name in resource}}


def read_linkage(type_: str, *, many: bool) -> list[int]:
    """The ids of the resource identifiers in the body, whose type is ``type_``; none for the null of a link to one.
    Raises `BadRequest` for a wrong shape and `WrongType`."""
    body = read_object()
    if "data" not in body:
        raise BadRequest("The body must have a member `data` that says what to link.", pointer="/data")
    data = body["data"]
    if isinstance(data, list) is not many:
        wanted = "an array of resource identifiers" if many else "one resource identifier, or null"
        raise BadRequest(f"`data` must be {wanted}.", pointer="/data")
    if many:
        return [_linked_id(each, type_, f"/data/{place}") for place, each in enumerate(data)]
    return [] if data is None else [_linked_id(data, type_, "/data")]


def _linked_id(identifier: Any, type_: str, pointer: str) -> int:
    if not isinstance(identifier, dict):
        raise BadRequest("A resource identifier is an object with a type and an id.", pointer=pointer)
    for member in ("type", "id"):
        if member not in identifier:
            raise BadRequest(f"A resource identifier must have a member `{member}`.", pointer=f"{pointer}/{member}")
    if identifier["type"] != type_:
        raise WrongType(f'Invalid type. Expected "{type_}". Send that.', pointer=f"{pointer}/type")
    if not isinstance(identifier["id"], str) or not ROW_ID.fullmatch(identifier["id"]):
        raise BadRequest(f"The `id` must be the numeric id of a {type_}, as text.", pointer=f"{pointer}/id")
    return int(identifier["id"])


def _require_id(resource: dict[str, Any], row_id: int, numeric_id: bool) -> None:
    if "id" not in resource:
        raise BadRequest('Missing id in "data" node. Send the id of the address, as text.', pointer="/data/id")
    as_shown = numeric_id and type(resource["id"]) is int and resource["id"] == row_id
    if resource["id"] != str(row_id) and not as_shown:
        raise BadRequest(
            "Value of id does not match the resource identifier in url. Send the numeric id as text.",
            pointer="/data/id",
        )


def _speaks_ours(part: str) -> bool:
    media_type, _, parameters = part.strip().lower().partition(";")
    if media_type.strip() in {"*/*", "application/*"}:
        return True
    return media_type.strip() == MEDIA_TYPE and (not parameters or parameters.strip().startswith("q="))


def _deeper_than(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return False
    return levels == 0 or any(_deeper_than(part, levels - 1) for part in value)
