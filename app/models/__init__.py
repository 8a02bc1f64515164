"""All tables. Importing this package defines them, in an order without cycles."""

from app.models.amendments import Amendment
from app.models.attendees import TicketHolder
from app.models.audit_entries import AuditEntry, AuditMark, AuditSeal
from app.models.backups import Backup
from app.models.badge_forms import BadgeForm
from app.models.check_in_conflicts import CheckInConflict
from app.models.counts import AttendeeCount, OrderCount, SaleCount
from app.models.custom_forms import CustomForm
from app.models.devices import Device
from app.models.door_passes import DoorPass
from app.models.event_copyrights import EventCopyright
from app.models.event_topics import EventSubTopic, EventTopic, EventType
from app.models.events import Event
from app.models.faqs import Faq
from app.models.feedbacks import Feedback
from app.models.idempotency_keys import IdempotencyKey
from app.models.logins import EndedLogin, LoginAttempt, LoginOrigin
from app.models.mails import Mail, RecentMail
from app.models.microlocations import Microlocation
from app.models.movements import Movement
from app.models.occupancy import OccupancyCount
from app.models.orders import Order, OrderLine
from app.models.pages import Page
from app.models.repairs import Repair
from app.models.role_invites import RoleInvite
from app.models.session_types import SessionType
from app.models.sessions import Session
from app.models.settings import Setting
from app.models.social_links import SocialLink
from app.models.speakers import Speaker
from app.models.speakers_calls import SpeakersCall
from app.models.sponsors import Sponsor
from app.models.station_store_paxs import StationStorePax
from app.models.stations import Station
from app.models.statistics import EventStatisticsGeneral, OrderStatisticsEvent, OrderStatisticsTicket
from app.models.tags import Tag
from app.models.ticket_secrets import RevokedSecret
from app.models.tickets import Ticket
from app.models.tracks import Track
from app.models.user_check_ins import UserCheckIn
from app.models.users import User
from app.models.users_events_roles import Role, UsersEventsRoles

__all__ = [
    "Amendment",
    "AttendeeCount",
    "AuditEntry",
    "AuditMark",
    "AuditSeal",
    "Backup",
    "BadgeForm",
    "CheckInConflict",
    "CustomForm",
    "Device",
    "DoorPass",
    "EndedLogin",
    "Event",
    "EventCopyright",
    "EventStatisticsGeneral",
    "EventSubTopic",
    "EventTopic",
    "EventType",
    "Faq",
    "Feedback",
    "IdempotencyKey",
    "LoginAttempt",
    "LoginOrigin",
    "Mail",
    "Microlocation",
    "Movement",
    "OccupancyCount",
    "Order",
    "OrderCount",
    "OrderLine",
    "OrderStatisticsEvent",
    "OrderStatisticsTicket",
    "Page",
    "RecentMail",
    "Repair",
    "RevokedSecret",
    "Role",
    "RoleInvite",
    "SaleCount",
    "Session",
    "SessionType",
    "Setting",
    "SocialLink",
    "Speaker",
    "SpeakersCall",
    "Sponsor",
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
