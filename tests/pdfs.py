"""What stands on a PDF, as its reader sees it."""

import pypdfium2
import zxingcpp


def texts(pdf: bytes) -> list[str]:
    """The text of each page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def qr_codes(pdf: bytes) -> list[str]:
    """The QR code of each page, as a phone reads it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        images = [page.render(scale=2).to_pil() for page in document]
        return [found.text for image in images for found in zxingcpp.read_barcodes(image)]
    finally:
        document.close()
