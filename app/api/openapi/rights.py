"""Who may call something, in the words of the predicates of the permissions' table."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from app.api.jsonapi.parents import PARENTS
from app.api.openapi.resources import summary
from app.permissions.policy import POLICY, Permission

NONE: Mapping[str, Permission] = MappingProxyType({})


def told(permission: Permission, arguments: Collection[str] = (), needs: Mapping[str, Permission] = NONE) -> str:
    """Who has a permission; below an address with these arguments he must be allowed to read its parent, too. ``needs``
    are those of other meanings of the same call, by what makes it mean that."""
    # In the order of the table: that of an address's arguments is another in each process.
    parents = dict.fromkeys(parent.permission for name, parent in PARENTS.items() if name in arguments)
    others = [_has(f"Who may {meaning}", other) for meaning, other in needs.items()]
    read = [_parent(parent) for parent in parents if parent is not permission]
    return "\n\n".join([_has("Who may", permission), *others, *read])


def _has(title: str, permission: Permission) -> str:
    clauses = [", and: ".join(summary(predicate).removesuffix(".") for predicate in row) for row in POLICY[permission]]
    return "\n".join([f"**{title}** (`{permission}`):", "", *(f"* {clause}" for clause in clauses)])


def _parent(permission: Permission) -> str:
    return f"He must also be allowed to read what the address begins with (`{permission}`)."
