"""QR codes as phones read them."""

import re

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from app.services import qr_codes
from app.services.qr_codes import QUIET


def read(svg: str) -> list[str]:
    """What a phone reads of the bars of an SVG."""
    [side] = {int(number) for number in re.findall(r'viewBox="0 0 (\d+) \1"', svg)}
    image = Image.new("L", (side * 8, side * 8), 255)
    draw = ImageDraw.Draw(image)
    for across, down, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", svg):
        left, top = int(across) * 8, int(down) * 8
        draw.rectangle((left, top, left + int(width) * 8 - 1, top + 7), fill=0)
    return [found.text for found in zxingcpp.read_barcodes(image)]


@pytest.mark.parametrize("text", ["a", "https://example.org/door#code=" + "x" * 32, "é <&>"])
def test_a_phone_reads_it(text: str):
    assert read(qr_codes.svg(text)) == [text]


def test_its_edge_is_free():
    code = qr_codes.of("a")
    assert min(bar.across for bar in code.bars) == min(bar.down for bar in code.bars) == QUIET
    assert max(bar.across + bar.width for bar in code.bars) == code.side - QUIET
