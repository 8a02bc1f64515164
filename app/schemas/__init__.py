"""Wire names, types and shapes. Importing this package registers every schema, so that they can name each other."""

from app.schemas.attendees import AttendeeSchema
from app.schemas.badge_forms import BadgeFormSchema
from app.schemas.events import EventSchema
from app.schemas.microlocations import MicrolocationSchema
from app.schemas.orders import OrderSchema
from app.schemas.sessions import SessionSchema
from app.schemas.station_store_paxs import StationStorePaxSchema
from app.schemas.stations import StationSchema
from app.schemas.tickets import TicketSchema
from app.schemas.tracks import TrackSchema
from app.schemas.user_check_ins import UserCheckInSchema
from app.schemas.users import BuyerSchema, ColleagueSchema, UserSchema
from app.schemas.users_events_roles import RoleSchema, UsersEventsRolesSchema

__all__ = [
    "AttendeeSchema",
    "BadgeFormSchema",
    "BuyerSchema",
    "ColleagueSchema",
    "EventSchema",
    "MicrolocationSchema",
    "OrderSchema",
    "RoleSchema",
    "SessionSchema",
    "StationSchema",
    "StationStorePaxSchema",
    "TicketSchema",
    "TrackSchema",
    "UserCheckInSchema",
    "UserSchema",
    "UsersEventsRolesSchema",
]
