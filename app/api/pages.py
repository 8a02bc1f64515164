"""Pages over HTTP."""

from typing import Any

from app.api.jsonapi.base import ResourceDetail, ResourceList
from app.api.jsonapi.data_layers import DataLayer
from app.models import Page
from app.permissions.policy import Permission as P
from app.schemas import PageSchema
from app.services import pages


class Pages(DataLayer):
    """Rows of pages."""

    model = Page

    def before_create_object(self, data: dict[str, Any], view_kwargs: dict[str, Any]) -> Page:
        """Makes the page."""
        return pages.create(data)

    def before_delete_object(self, obj: Page, view_kwargs: dict[str, Any]) -> None:
        """Removes the page."""
        pages.delete(obj)


class PageList(ResourceList):
    """All pages."""

    schema = PageSchema
    data_layer = {"class": Pages}
    permissions = {"GET": P.PAGE_READ, "POST": P.PAGE_WRITE}


class PageDetail(ResourceDetail):
    """One page."""

    schema = PageSchema
    data_layer = {"class": Pages}
    permissions = {"GET": P.PAGE_READ, "PATCH": P.PAGE_WRITE, "DELETE": P.PAGE_WRITE}
