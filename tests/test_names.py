"""What documents, comments and docstrings name exists: files, modules, functions, settings, commands and addresses."""

import re
from configparser import ConfigParser
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import click
import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException

import manage
from app.config import Settings
from tests.prose import CODE, DOCUMENTS, FOLDERS, ROOT, TESTS, parsed, prose

MADE = "benchmarks/out/"
"""What is in it is made by who runs what is beside it."""

ANY_PATH = "<path>"
"""Stands for whatever may follow."""

OF_OTHERS = {"RLIMIT_FSIZE"}
"""What is named as our settings are, and is the system's."""


def named(pattern: str, paths: list[Path]) -> dict[str, str]:
    """What is named in these files, each with a file that names it."""
    found = {
        name: path.relative_to(ROOT).as_posix()
        for path in paths
        for name in re.findall(pattern, prose(path), re.MULTILINE)
    }
    assert found
    return found


def words() -> set[str]:
    """All that has a name in the code."""
    found = {name for path in CODE for name in (path.stem, path.parent.name)}
    for path in CODE:
        for node in parsed(path):
            found |= {getattr(node, member) for member in ("name", "id", "attr", "arg") if hasattr(node, member)}
    return found | {name for path in TESTS for name in re.findall(r"^def (\w+)", path.read_text(), re.MULTILINE)}


def test_files():
    here = rf"(?<![\w/.<-])((?:docs|tests|{'|'.join(FOLDERS)})/[\w./-]*\w)"
    paths = named(here, CODE + DOCUMENTS)
    assert {path: by for path, by in paths.items() if not (ROOT / path).exists() and not path.startswith(MADE)} == {}
    known = {path.name for path in CODE + TESTS}
    names = named(r"(?<![\w/.<-])(\w+\.py)\b", CODE + DOCUMENTS)
    assert {name: by for name, by in names.items() if name not in known} == {}


def test_modules_and_what_is_in_them():
    """Also those that are only imported to be looked at here."""
    modules = named(r"`((?:app|benchmarks|tests)(?:\.\w+)+)`", CODE + DOCUMENTS)
    assert {name: by for name, by in modules.items() if not exists(name)} == {}


def exists(name: str) -> bool:
    """Whether there is a module of this name, or one that has what comes after its name."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        if path.is_dir() or path.with_suffix(".py").exists():
            found = import_module(".".join(parts[:length]))
            for part in parts[length:]:
                if not hasattr(found, part):
                    return part in getattr(found, "__annotations__", {})
                found = getattr(found, part)
            return True
    return False


def test_names_of_code_in_docstrings():
    """Between single backticks stands what has a name there."""
    known = words()
    names = named(r"(?<!`)`([A-Za-z_]\w*(?:\.\w+)*)`(?!`)", CODE)
    assert {name: by for name, by in names.items() if name.rsplit(".", 1)[-1] not in known} == {}


def test_settings_and_constants_in_documents():
    code = "\n".join(path.read_text() for path in CODE + TESTS)
    known = OF_OTHERS | {field.name.upper() for field in fields(Settings)}
    names = named(r"`([A-Z]+(?:_[A-Z]+)+)`", DOCUMENTS)
    assert {name: by for name, by in names.items() if name not in known and name not in code} == {}


def test_commands():
    def below(group: click.Group) -> set[tuple[str, ...]]:
        found: set[tuple[str, ...]] = set()
        for name, command in group.commands.items():
            more = below(command) if isinstance(command, click.Group) else {()}
            found |= {(name, *each) for each in more}
        return found

    commands = below(manage.cli)
    called = named(r"(?:`|^|\$ |python )manage\.py ([a-z][a-z-]*(?: [a-z][a-z-]*)?)", CODE + DOCUMENTS)
    ways = {way[:length] for way in commands for length in (1, 2)}
    unknown = {call: by for call, by in called.items() if tuple(call.split()) not in ways}
    assert {call: by for call, by in unknown.items() if (call.split()[0],) not in commands} == {}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    made = named(r"(?:`|^)make ([a-z-]+)", DOCUMENTS)
    assert {name: by for name, by in made.items() if name not in targets} == {}


def test_layers():
    """The README tells the layers in the order in which setup.cfg holds them."""
    contracts = ConfigParser()
    contracts.read(ROOT / "setup.cfg")
    held = [set(re.findall(r"\w+", line)) for line in contracts["importlinter:contract:layers"]["layers"].split("\n")]
    [line] = re.findall(r"^`(\w+(?: (?:→|\|) \w+)+)`$", prose(ROOT / "README.md"), re.MULTILINE)
    told = [set(layer.split(" | ")) for layer in line.split(" → ")]
    places = [place for each in told for place, layer in enumerate(held) if each <= layer]
    assert places == sorted(places)
    assert len(places) == len(told) > 5


@pytest.mark.parametrize("document", [path for path in DOCUMENTS if path.stem != "clients"], ids=lambda path: path.stem)
def test_addresses(app: Flask, document: Path):
    """clients.md tells of others, too, and has a test of its own."""
    addresses = re.findall(r"`(GET|POST|PATCH|DELETE) (/[^?`…]*)[?`]", prose(document))
    ours = [address for address in addresses if ANY_PATH not in address[1]]
    assert [address for address in ours if not is_served(app, *address)] == []


def is_served(app: Flask, method: str, address: str) -> bool:
    for named in ("1", "a1b2c3d4", "tag"):
        try:
            app.url_map.bind("localhost").match(re.sub("<[^>]*>", named, address), method=method)
            return True
        except HTTPException:
            continue
    return False
