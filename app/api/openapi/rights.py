"""Who may call something, in the words of the predicates of the permissions' table."""

from collections.abc import Iterable

from app.api.openapi.resources import summary
from app.api.parents import PARENTS
from app.permissions.policy import POLICY, Permission


def told(permission: Permission, arguments: Iterable[str] = ()) -> str:
    """Who has a permission; below an address with these arguments he must be allowed to read its parent, too."""
    clauses = [", and: ".join(summary(predicate).removesuffix(".") for predicate in row) for row in POLICY[permission]]
    lines = [f"**Who may** (`{permission}`):", "", *(f"* {clause}" for clause in clauses)]
    parents = dict.fromkeys(PARENTS[name].permission for name in arguments if name in PARENTS)
    return "\n".join([*lines, *(_parent(parent) for parent in parents if parent is not permission)])


def _parent(permission: Permission) -> str:
    return f"\nHe must also be allowed to read what the address begins with (`{permission}`)."
