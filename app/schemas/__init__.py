"""Wire names, types and shapes. Importing this package registers every schema, so that they can name each other."""

from app.schemas.attendees import AttendeeSchema
from app.schemas.event_copyrights import EventCopyrightSchema
from app.schemas.event_topics import EventSubTopicSchema, EventTopicSchema, EventTypeSchema
from app.schemas.events import EventSchema
from app.schemas.faqs import FaqSchema
from app.schemas.microlocations import MicrolocationSchema
from app.schemas.orders import OrderSchema
from app.schemas.session_types import SessionTypeSchema
from app.schemas.sessions import SessionSchema
from app.schemas.social_links import SocialLinkSchema
from app.schemas.speakers_calls import SpeakersCallSchema
from app.schemas.sponsors import SponsorSchema
from app.schemas.station_store_paxs import StationStorePaxSchema
from app.schemas.stations import StationSchema
from app.schemas.tags import TagSchema
from app.schemas.tickets import TicketSchema
from app.schemas.tracks import TrackSchema
from app.schemas.user_check_ins import UserCheckInSchema
from app.schemas.users import BuyerSchema, ColleagueSchema, UserSchema
from app.schemas.users_events_roles import RoleSchema, UsersEventsRolesSchema

__all__ = [
    "AttendeeSchema",
    "BuyerSchema",
    "ColleagueSchema",
    "EventCopyrightSchema",
    "EventSchema",
    "EventSubTopicSchema",
    "EventTopicSchema",
    "EventTypeSchema",
    "FaqSchema",
    "MicrolocationSchema",
    "OrderSchema",
    "RoleSchema",
    "SessionSchema",
    "SessionTypeSchema",
    "SocialLinkSchema",
    "SpeakersCallSchema",
    "SponsorSchema",
    "StationSchema",
    "StationStorePaxSchema",
    "TagSchema",
    "TicketSchema",
    "TrackSchema",
    "UserCheckInSchema",
    "UserSchema",
    "UsersEventsRolesSchema",
]
