"""The day at the door that README tells: what is typed there is run, and answers as it says."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.database import run, temporary_folder
from tests.programme import where_it_is_noon
from tests.servers import PROJECT, Server, environment, serving_in

END = "--- end of an answer ---"


@pytest.fixture
def server() -> Iterator[Server]:
    with temporary_folder() as folder, serving_in(folder) as server:
        yield server


def steps(readme: str) -> list[tuple[str, str]]:
    """What is typed, and what comes, of the console blocks."""
    found: list[tuple[list[str], list[str]]] = []
    in_console = False
    for line in readme.splitlines():
        if line.startswith("```"):
            in_console = line == "```console"
        elif in_console and line.startswith("$ "):
            found.append(([line[2:]], []))
        elif in_console and line.startswith("> "):
            found[-1][0].append(line[2:])
        elif in_console:
            found[-1][1].append(line)
    return [("\n".join(typed), "\n".join(told)) for typed, told in found]


def test_the_day_is_as_it_is_told(server: Server, tmp_path: Path):
    # At noon: who is seen after midnight is seen on another day.
    run(server.postgres.running_url(), f"UPDATE events SET timezone = '{where_it_is_noon()}'")
    day = steps((PROJECT / "README.md").read_text())
    script = "\n".join(f"{typed}\necho '{END}'" for typed, _ in day)
    script = script.replace("127.0.0.1:5000", f"127.0.0.1:{server.port}")
    script = script.replace(".venv/bin/python manage.py", f"cd '{PROJECT}' && '{sys.executable}' manage.py")
    done = subprocess.run(
        ["bash", "-e"],
        input=script,
        cwd=tmp_path,
        env=environment(server.data_dir),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    answers = [part.strip("\n") for part in done.stdout.split(END)][:-1]
    assert list(zip([typed for typed, _ in day], answers, strict=False)) == day, done.stderr
