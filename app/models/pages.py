"""Pages: what the web app links to from its footer and its events, such as an imprint."""

from sqlalchemy import Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base
from app.models.columns import one_of, primary_key, text

PLACES = ("footer", "event")


class Page(Base):
    """A page of the server, with its text or the address of one."""

    __tablename__ = "pages"
    __table_args__ = (one_of("place", PLACES),)

    id: Mapped[int] = primary_key()
    name: Mapped[str] = mapped_column(Text, nullable=False)
    title: Mapped[str | None] = text()
    url: Mapped[str] = mapped_column(Text, nullable=False)
    description: Mapped[str | None] = text()
    language: Mapped[str | None] = text()
    index: Mapped[int] = mapped_column(Integer, nullable=False, default=0, server_default="0")
    place: Mapped[str | None] = text()
