"""The mails that are due, as the console prints them, and what stands in their links."""

import re

import pytest

from app.mailing import deliver


def posted(capsys: pytest.CaptureFixture[str]) -> str:
    """What is printed of the mails that are due."""
    capsys.readouterr()
    deliver()
    return capsys.readouterr().out


def token_in(printed: str, page: str) -> str:
    """What a mail's link to a page of the web app carries."""
    [token] = re.findall(rf"http://localhost:4200/{page}\?token=(\S+)", printed)
    return token
