"""A PDF that is written from the top down, page by page."""

from io import BytesIO
from itertools import islice

from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from app.services import lettering, qr_codes

LANDSCAPE: tuple[float, float] = landscape(A4)
MARGIN = 18 * mm
LEADING = 1.35
"""Distance of lines, in sizes of their letters."""

GREY = 0.45

LEFT, CENTRE, RIGHT = 0.0, 0.5, 1.0
"""Where a line stands in the width it has."""


class Sheet:
    """Pages of one size. ``y`` is where the next line goes, in points above the lower edge."""

    def __init__(self, title: str, *, size: tuple[float, float] = A4, margin: float = MARGIN):
        self._bytes = BytesIO()
        self._canvas = Canvas(self._bytes, pagesize=size)
        self._canvas.setTitle(title)
        self._top = size[1] - margin
        self.left, self.right, self.bottom = margin, size[0] - margin, margin
        self.y = self._top

    @property
    def width(self) -> float:
        """Points between the margins."""
        return self.right - self.left

    def new_page(self) -> None:
        """Goes on at the top of another page."""
        self._canvas.showPage()
        self.y = self._top

    def require_space(self, height: float) -> bool:
        """Goes to another page unless ``height`` points are left on this one; whether it has."""
        if self.y - height >= self.bottom:
            return False
        self.new_page()
        return True

    def space(self, height: float) -> None:
        """Leaves some points free."""
        self.y -= height

    def paragraph(self, text: str, size: float = 10, *, most_lines: int = 40) -> None:
        """Writes text over as many lines as it takes, up to ``most_lines``; the last one then ends in an ellipsis."""
        lines = list(islice(lettering.wrapped(text, size, self.width), most_lines + 1))
        if len(lines) > most_lines:
            lines = [*lines[: most_lines - 1], f"{lines[most_lines - 1]} {lettering.ELLIPSIS}"]
        for line in lines:
            self.line(line, size)

    def line(self, text: str, size: float = 10, *, stands: float = LEFT) -> None:
        """Writes one line; what is too long is written smaller, and then cut."""
        self.require_space(size * LEADING)
        self.y -= size * LEADING
        self._put(text, size, self.left, self.width, stands)

    def fact(self, label: str, value: str, size: float = 11) -> None:
        """Writes a small grey word, and the value below it."""
        self.require_space((8 + size) * LEADING + 8)
        self._canvas.setFillGray(GREY)
        self.line(label, 8)
        self._canvas.setFillGray(0)
        self.line(value, size)
        self.space(8)

    def row(self, cells: list[str], shares: list[float], size: float = 9, *, stands: list[float] | None = None) -> None:
        """Writes cells side by side on one line; ``shares`` are their parts of the width."""
        self.y -= size * LEADING
        x, whole = self.left, sum(shares)
        for cell, share, place in zip(cells, shares, stands or [LEFT] * len(cells), strict=True):
            room = self.width * share / whole
            self._put(cell, size, x, room - 4, place)
            x += room

    def heading(self, cells: list[str], shares: list[float]) -> None:
        """Writes the headings of columns that follow, with a line below them."""
        self._canvas.setFillGray(GREY)
        self.row(cells, shares, 8)
        self._canvas.setFillGray(0)
        self.rule()

    def rule(self) -> None:
        """Draws a thin line over the width."""
        self.y -= 4
        self._canvas.setLineWidth(0.5)
        self._canvas.line(self.left, self.y, self.right, self.y)

    def qr(self, text: str, side: float, *, stands: float = LEFT) -> None:
        """Draws a QR code of ``side`` points, its quiet edge among them."""
        code, path = qr_codes.of(text), self._canvas.beginPath()
        # One path: reportlab's own drawing makes an object of each bar, and takes six times as long.
        box = side / code.side
        x, y = self.left + (self.width - side) * stands, self.y
        self.y -= side
        for bar in code.bars:
            path.rect(x + bar.across * box, y - (bar.down + 1) * box, bar.width * box, box)
        self._canvas.drawPath(path, stroke=0, fill=1)

    def finish(self) -> bytes:
        """The PDF."""
        self._canvas.showPage()
        self._canvas.save()
        return self._bytes.getvalue()

    def _put(self, text: str, size: float, x: float, room: float, stands: float) -> None:
        shown, fitting = lettering.fitted(text, size, room)
        free = 0.0 if stands == LEFT else room - lettering.width(shown, fitting)
        lettering.draw(self._canvas, x + free * stands, self.y, shown, fitting)
