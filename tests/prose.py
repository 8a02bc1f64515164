"""What the code and its documents say in words."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("app", "benchmarks", "migrations")
CODE = [ROOT / "manage.py", *(path for name in FOLDERS for path in sorted((ROOT / name).rglob("*.py")))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@cache
def parsed(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


@cache
def prose(path: Path) -> str:
    """What is said in a file: of code comments and docstrings."""
    source = path.read_text()
    if path.suffix != ".py":
        return source
    alone = (node.value for node in parsed(path) if isinstance(node, ast.Expr))
    texts = [node.value for node in alone if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return "\n".join([*re.findall("#.*", source), *texts])
