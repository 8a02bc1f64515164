"""Text of any script on a PDF page: which font has its characters, how wide it is, drawing it.

Noto fonts for what is read around the world are embedded. Chinese, Japanese and Korean are written in fonts that every
PDF viewer brings (or finds on its system) and that are not embedded: theirs are twenty times as large as all others.
Arabic, Hebrew and the scripts of India are shaped, so that their letters join and stand in their order. What no font
has is drawn as `REPLACEMENT`.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from math import ceil
from pathlib import Path
from threading import Lock

import manimgx_fonts
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import ShapedStr, TTFont, shapeStr
from reportlab.pdfgen.canvas import Canvas

PLAIN = "NotoSans"
"""The font of everything that it has."""

REPLACEMENT = "\ufffd"
ELLIPSIS = "…"
SMALLEST = 6.0
"""Points: smaller text cannot be read on paper."""

# Font → an encoding that holds what the font has. Where Japanese syllables occur, its forms of the shared characters.
CHINESE = {"STSong-Light": "gbk", "MSung-Light": "big5"}
JAPANESE = {"HeiseiKakuGo-W5": "shift_jis"}
KOREAN = {"HYGothic-Medium": "cp949"}

LONGEST = 400
"""Characters: more do not fit on a line, and measuring what guests can send (20,000) would take its time."""

NARROWEST = 0.2
"""Of a letter's height: texts whose letters are narrower than this on the average need not be fitted exactly."""

REMEMBERED = 4_096
"""Texts whose runs and widths are kept, some megabytes: the lines of a ticket come back on every page."""

_KANA = range(0x3040, 0x3100)
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_STAYS = "ZMP"
"""Categories (first letter) that are written in the font of what stands before them, if it has them."""

_shaping = Lock()  # shaping notes new glyphs in the font, which all threads share


@dataclass(frozen=True)
class Run:
    """A part of a text in one font."""

    font: str
    text: str

    def drawn(self, size: float) -> str:
        """The text as the canvas takes it."""
        if self.font == PLAIN or self.font not in _files():
            return self.text
        with _shaping:
            return shapeStr(self.text, self.font, size, force=True)

    def width(self, size: float) -> float:
        """In points."""
        return _thousandths(self) * size / 1000


@lru_cache(REMEMBERED)
def runs(text: str) -> tuple[Run, ...]:
    """``text`` on one line, cut where the font changes."""
    _files()  # registers them
    if text.isascii() and text.isprintable():
        return (Run(PLAIN, text),) if text else ()
    found: list[list[str]] = []
    east_asian = _east_asian(text)
    for character in _clean(text):
        current = found[-1][0] if found else PLAIN
        font, shown = _font_of(character, current, east_asian)
        if found and font == current:
            found[-1][1] += shown
        else:
            found += [[PLAIN, space] for space in _loosened(found)]
            found.append([font, shown])
    return tuple(Run(font, part) for font, part in found)


def width(text: str, size: float) -> float:
    """In points."""
    return sum(run.width(size) for run in runs(text))


def draw(canvas: Canvas, x: float, y: float, text: str, size: float) -> None:
    """Writes ``text`` on one line from ``x`` on."""
    for run in runs(text):
        canvas.setFont(run.font, size)
        canvas.drawString(x, y, run.drawn(size))
        x += run.width(size)


def fitted(text: str, size: float, most: float) -> tuple[str, float]:
    """``text`` and the size, smaller if need be, at which it is at most ``most`` points wide; cut if even that is too
    wide."""
    could_fit = min(LONGEST, ceil(most / (SMALLEST * NARROWEST)))
    if len(text) > could_fit:
        text = text[:could_fit] + ELLIPSIS
    taken = width(text, size)
    if taken <= most:
        return text, size
    if width(text, SMALLEST) <= most:
        return text, size * most / taken
    return _cut(text, SMALLEST, most), SMALLEST


def wrapped(text: str, size: float, most: float) -> Iterator[str]:
    """``text`` as lines of at most ``most`` points; a word that is wider is cut into pieces. Only as much is measured
    as is taken."""
    for paragraph in text.splitlines():
        line = ""
        words = (word[at : at + LONGEST] for word in paragraph.split() for at in range(0, len(word), LONGEST))
        for word in words:
            longer = f"{line} {word}".strip()
            if line and width(longer, size) > most:
                yield line
                longer = word
            while width(longer, size) > most:
                fits = _fitting(longer, size, most)
                yield longer[:fits]
                longer = longer[fits:]
            line = longer
        if line:
            yield line


def _clean(text: str) -> str:
    """Composed, on one line, and without what is never seen but turns the order of what is (U+202E)."""
    composed = unicodedata.normalize("NFC", text)
    spaced = (" " if unicodedata.category(character) in {"Cc", "Zl", "Zp"} else character for character in composed)
    return "".join(
        character
        for character in spaced
        if unicodedata.category(character) != "Cf" and ord(character) not in _VARIATION_SELECTORS
    )


def _font_of(character: str, current: str, east_asian: dict[str, str]) -> tuple[str, str]:
    """The font, and the character or its replacement."""
    if unicodedata.category(character)[0] in _STAYS and _has(current, character, east_asian):
        return current, character
    if (font := _coverage().get(ord(character))) is not None:
        return font, character
    for font in east_asian:
        if _has(font, character, east_asian):
            return font, character
    return PLAIN, REPLACEMENT


def _has(font: str, character: str, east_asian: dict[str, str]) -> bool:
    if font in east_asian:
        try:
            return bool(character.encode(east_asian[font])) and ord(character) <= 0xFFFF
        except UnicodeEncodeError:
            return False
    return ord(character) in _files()[font].face.charToGlyph


def _east_asian(text: str) -> dict[str, str]:
    if any(ord(character) in _KANA for character in text):
        return JAPANESE | CHINESE | KOREAN
    return CHINESE | JAPANESE | KOREAN


def _loosened(found: list[list[str]]) -> list[str]:
    """Takes the spaces off the end of the last run, whose other end they would come to if it is read from the right."""
    if not found or found[-1][0] == PLAIN:
        return []
    last = found[-1][1]
    found[-1][1] = last.rstrip()
    spaces = last[len(found[-1][1]) :]
    return [spaces] if spaces else []


def _cut(text: str, size: float, most: float) -> str:
    return text[: _fitting(text, size, most - width(ELLIPSIS, size))] + ELLIPSIS


def _fitting(text: str, size: float, most: float) -> int:
    """How many characters fit; at least one."""
    least, beyond = 1, max(2, len(text) + 1)
    while beyond - least > 1:
        middle = (least + beyond) // 2
        least, beyond = (middle, beyond) if width(text[:middle], size) <= most else (least, middle)
    return least


@lru_cache(REMEMBERED)
def _thousandths(run: Run) -> float:
    """The width of a run in thousandths of its size, whatever that is."""
    drawn = run.drawn(1)
    if isinstance(drawn, ShapedStr):
        return float(sum(glyph.x_advance for glyph in drawn.__shapeData__))
    return float(stringWidth(drawn, run.font, 1000))


@cache
def _files() -> dict[str, TTFont]:
    """The embedded fonts by name, `PLAIN` first. Registers them, and the ones that viewers bring."""
    files = sorted(Path(manimgx_fonts.__file__).parent.glob("*.ttf"), key=lambda path: path.name)
    upright = {path.name.partition("[")[0]: path for path in files if "Italic" not in path.name}
    names = [PLAIN, *(name for name in upright if name != PLAIN)]
    fonts = {name: TTFont(name, str(upright[name])) for name in names}
    for font in (*fonts.values(), *map(UnicodeCIDFont, CHINESE | JAPANESE | KOREAN)):
        registerFont(font)
    return fonts


@cache
def _coverage() -> dict[int, str]:
    """Code point → the first font that has it."""
    found: dict[int, str] = {}
    for name, font in reversed(_files().items()):
        found |= dict.fromkeys(font.face.charToGlyph, name)
    return found
