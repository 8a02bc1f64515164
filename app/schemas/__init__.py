"""Wire names, types and shapes. Importing this package registers every schema, so that they can name each other."""

from app.schemas.amendments import AmendmentSchema
from app.schemas.attendees import AttendeeSchema
from app.schemas.audit_entries import AuditEntrySchema
from app.schemas.badge_forms import BadgeFormSchema
from app.schemas.check_in_conflicts import CheckInConflictSchema
from app.schemas.custom_forms import CustomFormSchema
from app.schemas.door_passes import DoorPassSchema
from app.schemas.event_copyrights import EventCopyrightSchema
from app.schemas.event_topics import EventSubTopicSchema, EventTopicSchema, EventTypeSchema
from app.schemas.events import EventSchema
from app.schemas.faqs import FaqSchema
from app.schemas.feedbacks import FeedbackSchema
from app.schemas.microlocations import MicrolocationSchema
from app.schemas.movements import MovementSchema
from app.schemas.orders import OrderSchema
from app.schemas.pages import PageSchema
from app.schemas.repairs import RepairSchema
from app.schemas.role_invites import RoleInviteSchema
from app.schemas.session_types import SessionTypeSchema
from app.schemas.sessions import SessionSchema
from app.schemas.settings import SettingSchema
from app.schemas.social_links import SocialLinkSchema
from app.schemas.speakers import SpeakerSchema
from app.schemas.speakers_calls import SpeakersCallSchema
from app.schemas.sponsors import SponsorSchema
from app.schemas.station_store_paxs import StationStorePaxSchema
from app.schemas.stations import StationSchema
from app.schemas.statistics import (
    EventStatisticsGeneralSchema,
    OrderStatisticsEventSchema,
    OrderStatisticsTicketSchema,
)
from app.schemas.tags import TagSchema
from app.schemas.tickets import TicketSchema
from app.schemas.tracks import TrackSchema
from app.schemas.user_check_ins import UserCheckInSchema
from app.schemas.users import BuyerSchema, ColleagueSchema, MemberSchema, UserSchema
from app.schemas.users_events_roles import RoleSchema, UsersEventsRolesSchema

__all__ = [
    "AmendmentSchema",
    "AttendeeSchema",
    "AuditEntrySchema",
    "BadgeFormSchema",
    "BuyerSchema",
    "CheckInConflictSchema",
    "ColleagueSchema",
    "CustomFormSchema",
    "DoorPassSchema",
    "EventCopyrightSchema",
    "EventSchema",
    "EventStatisticsGeneralSchema",
    "EventSubTopicSchema",
    "EventTopicSchema",
    "EventTypeSchema",
    "FaqSchema",
    "FeedbackSchema",
    "MemberSchema",
    "MicrolocationSchema",
    "MovementSchema",
    "OrderSchema",
    "OrderStatisticsEventSchema",
    "OrderStatisticsTicketSchema",
    "PageSchema",
    "RepairSchema",
    "RoleInviteSchema",
    "RoleSchema",
    "SessionSchema",
    "SessionTypeSchema",
    "SettingSchema",
    "SocialLinkSchema",
    "SpeakerSchema",
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
