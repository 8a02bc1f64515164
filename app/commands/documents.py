"""``docs``, for developers: the pages of docs/ that are made from the code."""

from pathlib import Path

import click

PAGES = Path(__file__).resolve().parent.parent.parent / "docs"


@click.group("docs")
def docs_group() -> None:
    """Pages of docs/ that are made from the code."""


@docs_group.command("errors")
def write_errors() -> None:
    """Write docs/errors.md: every error code, what it means, and what to do about it."""
    from app.api.openapi import error_catalogue

    page = PAGES / "errors.md"
    page.write_text(error_catalogue.page())
    click.echo(f"{page.relative_to(PAGES.parent)} was written.")
