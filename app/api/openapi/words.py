"""What operations of resources do, in a sentence each: made of the method, and of the nouns of the address."""

import re
from typing import Any

from app.api.calls import Also
from app.api.jsonapi.data_layers import DataLayer
from app.api.jsonapi.relationships import ResourceRelationship
from app.api.openapi.addresses import is_variable, singular
from app.api.openapi.resources import changed, summary
from app.schemas.base import dasherized

HOOKS = {"POST": "before_create_object", "PATCH": "before_update_object", "DELETE": "before_delete_object"}

OF_ROWS = {"POST": "Makes {}.", "PATCH": "Changes {}.", "DELETE": "Deletes {}."}
OF_LINKS = {
    "GET": "What {} is linked to.",
    "POST": "Links {} to what is sent besides.",
    "PATCH": "Links {} to what is sent, and to nothing else.",
    "DELETE": "Links {} no more to what is sent.",
}
CLOSED = {
    "POST": "Refused (403): nothing is added to links of {} here.",
    "PATCH": "Refused (403): no link of {} is changed here.",
    "DELETE": "Refused (403): nothing is taken from links of {} here.",
}

OBVIOUS = re.compile(r"(Makes|Removes|Records) the \w+\.|Checks [\w ]+\.")
"""What hooks say to who reads the code, and the summary to clients."""


def tag(schema: Any) -> str:
    """The noun that a schema's rows are listed under."""
    return [part for part in schema.Meta.self_url.split("/") if part and not is_variable(part)][-1]


def is_closed(resource: Any, method: str) -> bool:
    """It would change links, and there are none that it changes."""
    return method != "GET" and issubclass(resource, ResourceRelationship) and not changed(resource, method)


def summarized(resource: Any, method: str, template: str) -> str:
    """What an operation does."""
    says: str | None = resource.also.get(method, Also()).says
    if says is not None:
        return says
    one = article(singular(tag(resource.schema)))
    if issubclass(resource, ResourceRelationship):
        return (CLOSED if is_closed(resource, method) else OF_LINKS)[method].format(one)
    if method == "GET":
        return related(template) or summary(resource)
    last = template.rsplit("/", 1)[-1]
    if is_variable(last) or singular(last) == singular(tag(resource.schema)):
        return OF_ROWS[method].format(one)
    return hooked(resource, method)  # an address that is named after what is done there


def detailed(resource: Any, method: str, template: str) -> list[str]:
    """What more the classes say of an operation, in sentences."""
    if issubclass(resource, ResourceRelationship):
        return [_of_links(resource, method)]
    said = summary(resource) if method == "GET" else hooked(resource, method)
    is_said = not said or said == summarized(resource, method, template) or OBVIOUS.fullmatch(said)
    return [] if is_said else [said]


def _of_links(resource: Any, method: str) -> str:
    if method == "GET":
        return "Every path of `include` begins with the relationship."
    names = ", ".join(f"`{dasherized(name)}`" for name in changed(resource, method))
    elsewhere = "`detail` says where it is changed, if anywhere."
    return f"Changed here: {names}; all others are refused (403). {elsewhere}" if names else f"Here {elsewhere}"


def hooked(resource: Any, method: str) -> str:
    """What the hook of a method says of itself; nothing where it is the library's, which does nothing."""
    hook = getattr(resource.data_layer["class"], HOOKS[method])
    return "" if hook is getattr(DataLayer, HOOKS[method]) else summary(hook)


def related(template: str) -> str:
    """What stands at an address below a row's, as «The movement of an amendment.»; nothing for other addresses."""
    *above, last = [part for part in template.removeprefix("/v1").split("/") if part]
    if is_variable(last) or not above or not is_variable(above[-1]):
        return ""
    owners = " and ".join(article(singular(part)) for part in above if not is_variable(part))
    done, by, thing = last.partition("-by")
    if by:
        return f"{f'The {thing[1:]} that' if thing else 'Whom'} {owners} was {done} by."
    return f"The {last.replace('-', ' ')} of {owners}."


def article(noun: str) -> str:
    """One of a noun: «an event», «a user»."""
    words = noun.replace("-", " ")
    return f"an {words}" if words[0] in "aeio" else f"a {words}"
