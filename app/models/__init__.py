"""All tables. Importing this package defines them, in an order without cycles."""

from app.models.attendees import TicketHolder
from app.models.badge_forms import BadgeForm
from app.models.events import Event
from app.models.microlocations import Microlocation
from app.models.movements import Movement
from app.models.orders import Order, OrderLine
from app.models.sessions import Session
from app.models.station_store_paxs import StationStorePax
from app.models.stations import Station
from app.models.tags import Tag
from app.models.tickets import Ticket
from app.models.tracks import Track
from app.models.user_check_ins import UserCheckIn
from app.models.users import User
from app.models.users_events_roles import Role, UsersEventsRoles

__all__ = [
    "BadgeForm",
    "Event",
    "Microlocation",
    "Movement",
    "Order",
    "OrderLine",
    "Role",
    "Session",
    "Station",
    "StationStorePax",
    "Tag",
    "Ticket",
    "TicketHolder",
    "Track",
    "User",
    "UserCheckIn",
    "UsersEventsRoles",
]
