"""``make fuzz``: Schemathesis asks for everything that ``/v1/openapi.json`` offers, and checks every answer against it.

It starts the real server with its embedded PostgreSQL, the demo event, and an event with a crowd that has come and
gone, and asks as an administrator, who may do the most, or as somebody with a role at both. At the end everything that
is kept as a count or a picture must still add up. What is let pass, and for which reason: `benchmarks.untellable`.
Options that this command does not know are given to ``schemathesis run``.
"""

import argparse
import json
import os
import random
import secrets
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.request import urlopen

from sqlalchemy import select

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from app import create_app  # noqa: E402  # the project is importable only now
from app.config import Settings  # noqa: E402
from app.database import COMMAND, session, transaction  # noqa: E402
from app.models import Event  # noqa: E402
from app.models.users_events_roles import ROLES  # noqa: E402
from app.services import users, users_events_roles  # noqa: E402
from tests.database import temporary_folder  # noqa: E402
from tests.servers import Server, environment, serving_in  # noqa: E402

SERVED = {
    "LOG_LEVEL": "WARNING",
    "LOGINS_PER_MINUTE": "1000000",
    "LOGIN_TRIES": "1000000",
    "METRICS_TOKEN": "of-nobody",
    "THREADS": "16",
}
"""Nobody counts what one client asks for, there are numbers to be asked for in vain, and places for some streams."""

ACCOUNTS = 25
"""They ask one after the other: a request may end the account that it comes from."""

OWN = {"getOpenapi"}
"""What the tool leaves out by itself: where it has the document from."""

CROWD = ("--guests", "24", "--gates", "2", "--sellers", "1", "--offline", "30%", "--skew", "30s", "--double-tap", "10%")


class Fuzzed:
    """A server that is ready to be fuzzed: with an event that has seen everything, and accounts, which are those of
    administrators, or have a ``role`` at all events."""

    def __init__(self, server: Server, role: str | None = None):
        url = server.postgres.running_url()
        assert url is not None
        self.base = f"http://127.0.0.1:{server.port}"
        self._folder, self._database_url = server.data_dir, url
        self._password = secrets.token_hex(8)
        self._asking = {"FUZZ_URL": self.base, "FUZZ_PASSWORD": self._password, "FUZZ_ACCOUNTS": str(ACCOUNTS)}
        if self._command("manage.py", "simulate-door", "--base-url", self.base, *CROWD):
            raise RuntimeError("The crowd did not come and go as it should have.")
        self._make_accounts(role)

    def document(self) -> str:
        """What ``/v1/openapi.json`` says."""
        with urlopen(f"{self.base}/v1/openapi.json") as answer:
            said: bytes = answer.read()
        return said.decode()

    def by_chance(self, number: int, seed: int) -> list[str]:
        """The names of so many operations."""
        places = json.loads(self.document())["paths"].values()
        names = {operation["operationId"] for place in places for operation in place.values()}
        return random.Random(seed).sample(sorted(names - OWN), number)

    def ask(self, options: Sequence[str], document: Path | None = None) -> int:
        """The exit code of the tool, which writes where we do; ``document`` is another one than the server's."""
        where = [str(document), "--url", self.base] if document else [f"{self.base}/v1/openapi.json"]
        tool = ("-m", "schemathesis.cli", "run", *where, *options)
        return self._command(*tool, **self._asking)

    def adds_up(self) -> int:
        """The exit code of ``manage.py integrity``."""
        return self._command("manage.py", "integrity", DATABASE_URL=self._database_url)

    def _make_accounts(self, role: str | None) -> None:
        app = create_app(Settings.from_environment(environment(self._folder, DATABASE_URL=self._database_url)))
        with app.app_context(), transaction(COMMAND):
            for number in range(ACCOUNTS):
                _make_account(f"fuzz-{number}@demo.example", self._password, role)

    def _command(self, *line: str, **settings: str) -> int:
        variables = environment(self._folder, **settings)
        return subprocess.run([sys.executable, *line], check=False, cwd=PROJECT, env=variables).returncode


def only(operations: Sequence[str]) -> list[str]:
    """Options of the tool that choose these operations; all where none is named."""
    return [option for name in operations for option in ("--include-operation-id", name)]


def _make_account(email: str, password: str, role: str | None) -> None:
    user = users.create_account(email=email, password=password, is_admin=role is None, is_verified=True)
    if role is not None:
        role_id, _ = ROLES[role]
        for event_id in session().scalars(select(Event.id)):
            users_events_roles.create(event_id=event_id, user_id=user.id, role_id=role_id, may_name_heads=True)


def main() -> None:
    """Fuzzes, and ends with 1 when something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    cases = int(os.environ.get("FUZZ_CASES", "10"))
    parser.add_argument("--cases", type=int, default=cases, help="of each operation while fuzzing, beside the others")
    parser.add_argument("--operations", type=int, default=0, help="so many, chosen by the seed (all)")
    parser.add_argument("--role", choices=ROLES, help="ask with this role, and not as an administrator")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="repeats a run")
    options, more = parser.parse_known_args()
    with temporary_folder() as folder, serving_in(folder, **SERVED) as server:
        fuzzed = Fuzzed(server, options.role)
        told = ("--max-examples", str(options.cases), "--seed", str(options.seed))
        asked = fuzzed.ask([*told, *only(fuzzed.by_chance(options.operations, options.seed)), *more])
        print("Afterwards, of what is kept as a count or a picture:", flush=True)
        sys.exit(fuzzed.adds_up() or asked)


if __name__ == "__main__":
    main()
