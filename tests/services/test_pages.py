"""Pages come and go."""

from app.models import Page
from app.services import pages
from tests.factories import World


def test_a_page_is_made_and_removed(world: World):
    page = pages.create({"name": "Imprint", "url": "/imprint", "place": "footer"})
    assert world.session.get(Page, page.id) is page
    pages.delete(page)
    assert world.session.get(Page, page.id) is None
