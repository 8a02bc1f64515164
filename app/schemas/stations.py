"""Stations on the wire. Their ids and those of their microlocations are JSON numbers: the kiosk compares them so."""

from app.models import Station
from app.models.stations import STATION_TYPES
from app.schemas.base import Schema
from app.schemas.fields import Whole
from app.schemas.relationships import ToOne
from app.schemas.texts import Choice, Name, Text


class StationSchema(Schema):
    """A kiosk's post."""

    class Meta(Schema.Meta):
        """Type station."""

        type_ = "station"
        model = Station
        self_url = "/v1/stations/{id}"

    create_only = ("event",)
    numeric_id = True

    id = Text(dump_only=True)
    station_name = Name()
    station_type = Choice(STATION_TYPES, required=True)
    microlocation_id = Whole(dump_only=True)
    room = Text(dump_only=True)

    event = ToOne("event", "EventSchema", column="event_id", required=True)
    microlocation = ToOne("microlocation", "MicrolocationSchema", column="microlocation_id")
