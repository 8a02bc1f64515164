"""``manage.py simulate-door``: its options, a bar that shows how far it is, and its exit code."""

import math
import sys
from typing import Any

import click

SECONDS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600}
LONGEST_SKEW = 3600.0
"""Seconds."""


class Share(click.ParamType[float]):
    """A part of all, such as 20% or 0.2."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Between 0 and 1."""
        text = str(value).strip()
        number = _number(text.removesuffix("%"))
        share = number / 100 if number is not None and text.endswith("%") else number
        if share is None or not 0 <= share <= 1:
            self.fail(f"{value!r} is no share: write 20% or 0.2, from 0% to 100%.", param, ctx)
        return share


class Span(click.ParamType[float]):
    """A time, such as 90s or 2m."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """In seconds."""
        text = str(value).strip()
        digits = text.rstrip("abcdefghijklmnopqrstuvwxyz")
        number, unit = _number(digits), text[len(digits) :] or "s"
        seconds = None if number is None or unit not in SECONDS else number * SECONDS[unit]
        if seconds is None or not 0 <= seconds <= LONGEST_SKEW:
            self.fail(f"{value!r} is no time: write 90s, 2m or 0, at most an hour.", param, ctx)
        return seconds


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


@click.command("simulate-door")
@click.option("--base-url", default="http://127.0.0.1:5000", show_default=True, help="The running server.")
@click.option("--guests", type=click.IntRange(1, 1_000_000), default=500, show_default=True)
@click.option("--gates", type=click.IntRange(1, 100), default=6, show_default=True, help="Each is a phone.")
@click.option("--sellers", type=click.IntRange(1, 100), default=4, show_default=True)
@click.option(
    "--offline", type=Share(), default="20%", show_default=True, help="Scans that are sent later, in batches."
)
@click.option("--skew", type=Span(), default="90s", show_default=True, help="How wrong the phones' clocks may be.")
@click.option("--double-tap", type=Share(), default="10%", show_default=True, help="Live scans that come twice.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same plan.")
@click.option(
    "--minutes",
    type=click.FloatRange(0, 24 * 60, min_open=True),
    default=60,
    show_default=True,
    help="Then it ends by itself.",
)
@click.option("--email", default="staff@demo.example", show_default=True, help="A staff account.")
@click.option(
    "--password",
    default="staff-demo-1",
    envvar="SIMULATE_PASSWORD",
    help="Of that account; the demo's by default. Better given as SIMULATE_PASSWORD.",
)
@click.option(
    "--integrity/--no-integrity",
    default=True,
    show_default=True,
    help="Ask for the server's integrity report; older releases have none.",
)
def simulate_door(
    base_url: str,
    guests: int,
    gates: int,
    sellers: int,
    offline: float,
    skew: float,
    double_tap: float,
    seed: int,
    minutes: float,
    email: str,
    password: str,
    integrity: bool,
) -> None:
    """Let a crowd loose on a running server: sales, scans and phones without a network, in an event of its own, which
    stays. Exit code 1 when anything is not as it must be.
    """
    # Imported here: who runs another command need not wait for an HTTP library.
    from app.door_simulator import report
    from app.door_simulator.client import GaveUp
    from app.door_simulator.plan import Options
    from app.door_simulator.rehearsal import Target, rehearse
    from app.door_simulator.stage import CannotSimulate

    if not base_url.startswith(("http://", "https://")):
        raise click.BadParameter("must start with http:// or https://.", param_hint="--base-url")
    options = Options(guests, gates, sellers, offline, skew, double_tap, seed)
    try:
        with click.progressbar(length=1, label="At the door", hidden=not sys.stdout.isatty()) as bar:

            def tell(done: int, number: int) -> None:
                bar.length = number
                bar.update(done - bar.pos)

            outcome = rehearse(
                Target(base_url.rstrip("/"), email, password),
                options,
                minutes=minutes,
                asks_integrity=integrity,
                tell=tell,
            )
    except (CannotSimulate, GaveUp) as error:
        raise click.ClickException(str(error)) from error
    for line in report.lines(outcome):
        click.echo(line)
    if report.problems(outcome):
        sys.exit(1)
