"""Heads counted by hand, on the wire. Their ids are JSON numbers, as those of stations."""

from app.models import StationStorePax
from app.schemas.base import Schema
from app.schemas.fields import Instant, Whole
from app.schemas.relationships import ToOne
from app.schemas.texts import Text


class StationStorePaxSchema(Schema):
    """So many people in a session."""

    class Meta(Schema.Meta):
        """Type station-store-pax."""

        type_ = "station-store-pax"
        model = StationStorePax
        self_url = "/v1/station-store-paxs/{id}"

    create_only = ("station", "session")
    numeric_id = True

    id = Text(dump_only=True)
    current_pax = Whole(least=0, required=True)
    created_at = Instant(dump_only=True)
    modified_at = Instant(dump_only=True)

    station = ToOne("station", "StationSchema", column="station_id", required=True)
    session = ToOne("session", "SessionSchema", column="session_id", required=True)
