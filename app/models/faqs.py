"""FAQs: what guests of an event often ask."""

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base
from app.models.columns import SoftDeleted, primary_key, reference
from app.models.events import Event


class Faq(SoftDeleted, Base):
    """A question and its answer."""

    __tablename__ = "faqs"

    id: Mapped[int] = primary_key()
    event_id: Mapped[int] = reference("events.id", nullable=False)
    question: Mapped[str] = mapped_column(Text, nullable=False)
    answer: Mapped[str] = mapped_column(Text, nullable=False)

    event: Mapped[Event] = relationship(back_populates="faqs")
