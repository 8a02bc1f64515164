"""Pages on the wire."""

from app.models import Page
from app.models.pages import PLACES
from app.schemas.base import Schema
from app.schemas.fields import Whole
from app.schemas.texts import Choice, Name, RichText, Text


class PageSchema(Schema):
    """A page. Its ``url`` is a path of the web app (``/imprint``) or an address elsewhere."""

    class Meta(Schema.Meta):
        """Type page."""

        type_ = "page"
        model = Page
        self_url = "/v1/pages/{id}"

    id = Text(dump_only=True)
    name = Name()
    title = Text()
    url = Name()
    description = RichText()
    language = Text()
    index = Whole()
    place = Choice(PLACES)
