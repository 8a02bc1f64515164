"""QR codes, as bars to be drawn: on paper (`app.services.sheets`), or as SVG for a screen."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from reportlab.graphics.barcode.qr import QrCodeWidget

QUIET = 4
"""Modules of a QR code's free edge, as its standard asks for."""


@dataclass(frozen=True)
class Bar:
    """``width`` dark modules side by side; ``across`` and ``down`` count modules from the upper left, the free edge
    among them."""

    across: int
    down: int
    width: int


@dataclass(frozen=True)
class QrCode:
    """The bars of a QR code, which is ``side`` modules wide and high, its free edge among them."""

    side: int
    bars: tuple[Bar, ...]


def of(text: str) -> QrCode:
    """The QR code of a text; a fifth of it may be dirty."""
    widget = QrCodeWidget(text, barLevel="M")
    widget.qr.make()
    rows = widget.qr.modules
    bars = [bar for down, row in enumerate(rows, start=QUIET) for bar in _bars(row, down)]
    return QrCode(len(rows) + 2 * QUIET, tuple(bars))


def svg(text: str) -> str:
    """The QR code of a text as an SVG that has no size of its own."""
    code = of(text)
    path = "".join(f"M{bar.across} {bar.down}h{bar.width}v1h-{bar.width}z" for bar in code.bars)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {code.side} {code.side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{code.side}v{code.side}h-{code.side}z"/><path d="{path}"/></svg>'
    )


def _bars(row: list[object], down: int) -> Iterator[Bar]:
    across = QUIET
    for dark, same in groupby(map(bool, row)):
        width = len(list(same))
        if dark:
            yield Bar(across, down, width)
        across += width
