"""Kinds of text on the wire: how long, in which form, and what is taken out of it."""

import re
from collections.abc import Iterable
from typing import Any

import nh3
from marshmallow import ValidationError, fields, validate

from app.schemas.fields import NO_NUL, EmptyIsNone

LONGEST_TEXT = 20_000
LONGEST_NAME = 255

NO_URL = "Not a valid URL. Send one such as https://example.org."
NO_EMAIL = "Not a valid email address. Send one such as ada@example.org."


class Text(fields.String):
    """Free text; null is allowed."""

    def __init__(self, *, longest: int = LONGEST_TEXT, **options: Any):
        options.setdefault("allow_none", not options.get("required", False))
        super().__init__(**options)
        self.longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if "\x00" in text:
            raise ValidationError(NO_NUL)
        if len(text) > self.longest:  # not a validator: those see what is left, and of an empty link that is None
            raise ValidationError(f"Longer than maximum length {self.longest}. Send a shorter text.")
        return text


class RichText(Text):
    """Free text that the web app shows as HTML: what could run there is taken out.

    A text without tags is left as it is, since every browser shows it as text and Android shows its characters:
    cleaned, the ``&`` of a plain sentence would come back as ``&amp;``. One with tags is HTML, and comes back as such.
    """

    _TAG = re.compile(r"<[a-z/!?]", re.ASCII | re.IGNORECASE)
    """Where HTML ends text; any other ``<``, as in ``<3``, is one more character of it."""
    _PASSES = 4
    """How often at most: of badly nested tags one pass may leave what another writes in another way."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        for _ in range(self._PASSES):
            if not self._TAG.search(text) or text == (cleaned := nh3.clean(text)):
                break
            text = cleaned
        if len(text) > self.longest:  # cleaning writes tags out; what is read must be good to be sent back
            raise ValidationError(f"Longer than maximum length {self.longest}. Send a shorter text.")
        return text


class Name(Text):
    """Short text that is never empty."""

    def __init__(self, **options: Any):
        super().__init__(longest=LONGEST_NAME, required=options.pop("required", True), **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not text.strip():
            raise ValidationError("This must not be empty. Send a text.")
        return text


class DeviceName(Name):
    """What a device calls itself; as one part of a comma-separated list, so commas are blanks."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        name: str = super()._deserialize(value, attr, data, **kwargs).replace(",", " ").strip()
        if not name:
            raise ValidationError("This must not be empty. Send a text.")
        return name


class Color(Name):
    """``#rrggbb``; the short form ``#rgb`` is written out."""

    _HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.ASCII | re.IGNORECASE)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        color: str = super()._deserialize(value, attr, data, **kwargs)
        if not self._HEX.fullmatch(color):
            raise ValidationError("Color should be proper HEX color code, such as #a1b2c3.")
        return color if len(color) == len("#rrggbb") else "#" + "".join(2 * digit for digit in color[1:])


class Choice(EmptyIsNone, Text):
    """One of a few words."""

    def __init__(self, choices: Iterable[str], **options: Any):
        super().__init__(**options)
        self.choices = tuple(choices)
        self.validators = [*self.validators, validate.OneOf(self.choices, error="Must be one of: {choices}.")]


class Link(Text):
    """A URL; an empty text means none, unless it is required."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs).strip()
        if not text and not self.required:
            return None
        return validate.URL(relative=False, require_tld=False, error=NO_URL)(text)


class Email(Text):
    """An e-mail address, trimmed; an empty text means none, unless it is required."""

    def __init__(self, **options: Any):
        super().__init__(longest=LONGEST_NAME, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs).strip()
        if not text and not self.required:
            return None
        return validate.Email(error=NO_EMAIL)(text)


class LaterId(Text):
    """The id of what this server does not have yet: null, and may be asked for."""

    def __init__(self) -> None:
        super().__init__(dump_only=True)
