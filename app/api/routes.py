"""Which resource is served where: `ROUTES`."""

from app.api.amendments import (
    AmendmentDetail,
    AmendmentList,
    AmendmentRelationship,
    MovementCorrection,
    MovementUndo,
)
from app.api.attendees import (
    AttendeeDetail,
    AttendeeList,
    AttendeeListPost,
    AttendeeRelationship,
    RelatedAttendee,
    UserAttendeeList,
)
from app.api.audit_entries import AuditEntryDetail, AuditEntryList, AuditEntryRelationship
from app.api.badge_forms import BadgeFormDetail, BadgeFormList, BadgeFormListPost, BadgeFormRelationship
from app.api.check_in_conflicts import (
    AttendeeCheckInConflictList,
    CheckInConflictDetail,
    CheckInConflictList,
    CheckInConflictRelationship,
)
from app.api.custom_forms import (
    CustomFormDetail,
    CustomFormList,
    CustomFormListPost,
    CustomFormRelationship,
    OneFormList,
)
from app.api.event_parts import CATALOGUE_EVENTS, EVENTS_OF_PARTS, PART_ROUTES
from app.api.events import (
    CatalogueEventList,
    EventDetail,
    EventList,
    EventRelationship,
    RelatedEvent,
    UpcomingEventList,
    UserEventList,
)
from app.api.feedbacks import (
    FeedbackDetail,
    FeedbackList,
    FeedbackListPost,
    FeedbackRelationship,
    UserFeedbackList,
)
from app.api.movements import (
    AttendeeMovementList,
    MovementDetail,
    MovementList,
    MovementRelationship,
    RelatedMovement,
)
from app.api.nouns import under_event
from app.api.orders import EventOrderList, OrderDetail, OrderList, OrderRelationship, RelatedOrder, UserOrderList
from app.api.pages import PageDetail, PageList
from app.api.repairs import RelatedRepair, RepairDetail, RepairList, RepairRelationship, RepairUndo
from app.api.role_invites import RoleInviteDetail, RoleInviteList, RoleInviteListPost, RoleInviteRelationship
from app.api.sessions import RelatedSession, SessionDetail, SessionList, SessionListPost, SessionRelationship
from app.api.settings import SettingDetail
from app.api.speakers import SpeakerDetail, SpeakerList, SpeakerListPost, SpeakerRelationship
from app.api.station_store_paxs import (
    StationSessionStorePaxList,
    StationStorePaxDetail,
    StationStorePaxList,
    StationStorePaxListPost,
    StationStorePaxRelationship,
)
from app.api.stations import RelatedStation, StationDetail, StationList, StationListPost, StationRelationship
from app.api.statistics import EventGeneralStatistics, EventOrderStatistics, TicketOrderStatistics
from app.api.tickets import RelatedTicket, TicketDetail, TicketList, TicketListPost, TicketRelationship
from app.api.user_check_ins import (
    UserCheckInDetail,
    UserCheckInList,
    UserCheckInListPost,
    UserCheckInRelationship,
)
from app.api.users import (
    RelatedBuyer,
    RelatedColleague,
    RelatedMember,
    RelatedMemberList,
    UserDetail,
    UserList,
    UserRelationship,
)
from app.api.users_events_roles import (
    RoleDetail,
    RoleList,
    UsersEventsRolesDetail,
    UsersEventsRolesList,
    UsersEventsRolesListPost,
    UsersEventsRolesRelationship,
)


def under_order(noun: str) -> tuple[str, str]:
    """The two addresses of what belongs to an order: by its id and by its identifier."""
    return f"/orders/<id:order_id>/{noun}", f"/orders/<identifier:order_identifier>/{noun}"


ROUTES = (
    (EventList, "event_list", "/events"),
    (UpcomingEventList, "upcoming_event_list", "/events/upcoming"),
    (
        UserEventList,
        "user_event_list",
        "/users/<id:user_id>/events",
        "/users/<id:user_id>/owner-events",
        "/users/<id:user_id>/organizer-events",
        "/users/<id:user_id>/coorganizer-events",
        "/users/<id:user_id>/track-organizer-events",
        "/users/<id:user_id>/moderator-events",
        "/users/<id:user_id>/registrar-events",
    ),
    (CatalogueEventList, "catalogue_event_list", *CATALOGUE_EVENTS),
    (EventDetail, "event_detail", "/events/<id:id>", "/events/<identifier:identifier>"),
    (
        RelatedEvent,
        "related_event",
        "/attendees/<id:attendee_id>/event",
        "/movements/<id:movement_id>/event",
        "/check-in-conflicts/<id:check_in_conflict_id>/event",
        "/amendments/<id:amendment_id>/event",
        "/audit-entries/<id:audit_entry_id>/event",
        "/repairs/<id:repair_id>/event",
        "/custom-forms/<id:custom_form_id>/event",
        "/role-invites/<id:role_invite_id>/event",
        "/badge-forms/<id:badge_form_id>/event",
        "/sessions/<id:session_id>/event",
        "/speakers/<id:speaker_id>/event",
        "/feedbacks/<id:feedback_id>/event",
        "/stations/<id:station_id>/event",
        "/tickets/<id:ticket_id>/event",
        "/users-events-roles/<id:users_events_roles_id>/event",
        *under_order("event"),
        *EVENTS_OF_PARTS,
    ),
    *PART_ROUTES,
    (
        SessionList,
        "session_list",
        *under_event("sessions"),
        "/tracks/<id:track_id>/sessions",
        "/microlocations/<id:microlocation_id>/sessions",
        "/speakers/<id:speaker_id>/sessions",
        "/session-types/<id:session_type_id>/sessions",
    ),
    (SessionListPost, "session_list_post", "/sessions"),
    (SessionDetail, "session_detail", "/sessions/<id:id>"),
    (
        RelatedSession,
        "related_session",
        "/user-check-in/<id:user_check_in_id>/session",
        "/station-store-paxs/<id:station_store_pax_id>/session",
        "/feedbacks/<id:feedback_id>/session",
    ),
    (TicketList, "ticket_list", *under_event("tickets"), *under_order("tickets")),
    (TicketListPost, "ticket_list_post", "/tickets"),
    (TicketDetail, "ticket_detail", "/tickets/<id:id>"),
    (RelatedTicket, "related_ticket", "/attendees/<id:attendee_id>/ticket"),
    (OrderList, "order_list", "/orders"),
    (UserOrderList, "user_order_list", "/users/<id:user_id>/orders"),
    (EventOrderList, "event_order_list", *under_event("orders")),
    (OrderDetail, "order_detail", "/orders/<id:id>", "/orders/<identifier:identifier>"),
    (RelatedOrder, "related_order", "/attendees/<id:attendee_id>/order"),
    (
        AttendeeList,
        "attendee_list",
        *under_event("attendees"),
        *under_order("attendees"),
        "/tickets/<id:ticket_id>/attendees",
    ),
    (UserAttendeeList, "user_attendee_list", "/users/<id:user_id>/attendees"),
    (AttendeeListPost, "attendee_list_post", "/attendees"),
    (AttendeeDetail, "attendee_detail", "/attendees/<id:id>"),
    (
        RelatedAttendee,
        "related_attendee",
        "/movements/<id:movement_id>/attendee",
        "/check-in-conflicts/<id:check_in_conflict_id>/attendee",
        "/user-check-in/<id:user_check_in_id>/ticket-holder",
    ),
    (MovementList, "movement_list", *under_event("movements")),
    (AttendeeMovementList, "attendee_movement_list", "/attendees/<id:attendee_id>/movements"),
    (MovementDetail, "movement_detail", "/movements/<id:id>"),
    (
        RelatedMovement,
        "related_movement",
        "/check-in-conflicts/<id:check_in_conflict_id>/first",
        "/check-in-conflicts/<id:check_in_conflict_id>/second",
        "/amendments/<id:amendment_id>/movement",
        "/amendments/<id:amendment_id>/replacement",
    ),
    (CheckInConflictList, "check_in_conflict_list", *under_event("check-in-conflicts")),
    (
        AttendeeCheckInConflictList,
        "attendee_check_in_conflict_list",
        "/attendees/<id:attendee_id>/check-in-conflicts",
    ),
    (CheckInConflictDetail, "check_in_conflict_detail", "/check-in-conflicts/<id:id>"),
    # What puts the ledger right.
    (MovementUndo, "movement_undo", "/movements/<id:movement_id>/undo"),
    (MovementCorrection, "movement_correction", "/movements/<id:movement_id>/correct"),
    (
        AmendmentList,
        "amendment_list",
        *under_event("amendments"),
        "/movements/<id:movement_id>/amendments",
        "/repairs/<id:repair_id>/amendments",
    ),
    (AmendmentDetail, "amendment_detail", "/amendments/<id:id>"),
    (RelatedRepair, "related_repair", "/amendments/<id:amendment_id>/repair"),
    (AuditEntryList, "audit_entry_list", *under_event("audit-entries")),
    (AuditEntryDetail, "audit_entry_detail", "/audit-entries/<id:id>"),
    (RepairList, "repair_list", *under_event("repairs")),
    (RepairDetail, "repair_detail", "/repairs/<id:id>"),
    (RepairUndo, "repair_undo", "/repairs/<id:repair_id>/undo"),
    #
    (StationList, "station_list", *under_event("stations"), "/microlocations/<id:microlocation_id>/stations"),
    (StationListPost, "station_list_post", "/station"),
    (StationDetail, "station_detail", "/stations/<id:id>"),
    (
        RelatedStation,
        "related_station",
        "/user-check-in/<id:user_check_in_id>/station",
        "/station-store-paxs/<id:station_store_pax_id>/station",
    ),
    (
        UserCheckInList,
        "user_check_in_list",
        *under_event("user-check-in"),
        "/microlocations/<id:microlocation_id>/user-check-in",
    ),
    (UserCheckInListPost, "user_check_in_list_post", "/user-check-in"),
    (UserCheckInDetail, "user_check_in_detail", "/user-check-in/<id:id>"),
    (
        StationStorePaxList,
        "station_store_pax_list",
        "/sessions/<id:session_id>/station-store-paxs",
        "/stations/<id:station_id>/station-store-paxs",
    ),
    (
        StationSessionStorePaxList,
        "station_session_store_pax_list",
        "/stations/<id:station_id>/sessions/<id:session_id>/station-store-paxs",
    ),
    (StationStorePaxListPost, "station_store_pax_list_post", "/station-store-paxs"),
    (StationStorePaxDetail, "station_store_pax_detail", "/station-store-paxs/<id:id>"),
    (CustomFormList, "custom_form_list", *under_event("custom-forms")),
    (OneFormList, "one_form_list", *under_event("custom-forms/<form_id:form_id>")),
    (CustomFormListPost, "custom_form_list_post", "/custom-forms"),
    (CustomFormDetail, "custom_form_detail", "/custom-forms/<id:id>"),
    (BadgeFormList, "badge_form_list", *under_event("badge-forms")),
    (BadgeFormListPost, "badge_form_list_post", "/badge-forms"),
    (BadgeFormDetail, "badge_form_detail", "/badge-forms/<id:id>"),
    (BadgeFormRelationship, "badge_form_relationship", "/badge-forms/<id:id>/relationships/<relationship>"),
    (UserList, "user_list", "/users"),
    (UserDetail, "user_detail", "/users/<id:id>"),
    (RelatedBuyer, "related_buyer", *under_order("user"), "/attendees/<id:attendee_id>/user"),
    (
        RelatedColleague,
        "related_colleague",
        "/sessions/<id:session_id>/creator",
        "/movements/<id:movement_id>/recorded-by",
        "/check-in-conflicts/<id:check_in_conflict_id>/resolved-by",
        "/amendments/<id:amendment_id>/author",
        "/repairs/<id:repair_id>/author",
        "/repairs/<id:repair_id>/undone-by",
        "/speakers/<id:speaker_id>/user",
        "/feedbacks/<id:feedback_id>/user",
        *under_order("sold-by"),
    ),
    (
        RelatedMember,
        "related_member",
        "/users-events-roles/<id:users_events_roles_id>/user",
        *under_event("owner"),
    ),
    (SpeakerList, "speaker_list", *under_event("speakers"), "/sessions/<id:session_id>/speakers"),
    (SpeakerListPost, "speaker_list_post", "/speakers"),
    (SpeakerDetail, "speaker_detail", "/speakers/<id:id>"),
    (FeedbackList, "feedback_list", *under_event("feedbacks"), "/sessions/<id:session_id>/feedbacks"),
    (UserFeedbackList, "user_feedback_list", "/users/<id:user_id>/feedbacks"),
    (FeedbackListPost, "feedback_list_post", "/feedbacks"),
    (FeedbackDetail, "feedback_detail", "/feedbacks/<id:id>"),
    (SettingDetail, "setting_detail", "/settings", "/settings/<id:id>"),
    (PageList, "page_list", "/pages"),
    (PageDetail, "page_detail", "/pages/<id:id>"),
    (
        RelatedMemberList,
        "related_member_list",
        *under_event("organizers"),
        *under_event("coorganizers"),
        *under_event("track-organizers"),
        *under_event("moderators"),
        *under_event("registrars"),
    ),
    (EventOrderStatistics, "event_order_statistics", *under_event("order-statistics")),
    (EventGeneralStatistics, "event_general_statistics", *under_event("general-statistics")),
    (TicketOrderStatistics, "ticket_order_statistics", "/tickets/<id:ticket_id>/order-statistics"),
    (RoleList, "role_list", "/roles"),
    (
        RoleDetail,
        "role_detail",
        "/roles/<id:id>",
        "/role-invites/<id:role_invite_id>/role",
        "/users-events-roles/<id:users_events_roles_id>/role",
    ),
    (RoleInviteList, "role_invite_list", *under_event("role-invites")),
    (RoleInviteListPost, "role_invite_list_post", "/role-invites"),
    (RoleInviteDetail, "role_invite_detail", "/role-invites/<id:id>"),
    (UsersEventsRolesList, "users_events_roles_list", *under_event("roles"), *under_event("users-events-roles")),
    (UsersEventsRolesListPost, "users_events_roles_list_post", "/users-events-roles"),
    (UsersEventsRolesDetail, "users_events_roles_detail", "/users-events-roles/<id:id>"),
    # What a row is linked to.
    (
        EventRelationship,
        "event_relationship",
        "/events/<id:id>/relationships/<relationship>",
        "/events/<identifier:identifier>/relationships/<relationship>",
    ),
    (SessionRelationship, "session_relationship", "/sessions/<id:id>/relationships/<relationship>"),
    (TicketRelationship, "ticket_relationship", "/tickets/<id:id>/relationships/<relationship>"),
    (
        OrderRelationship,
        "order_relationship",
        "/orders/<id:id>/relationships/<relationship>",
        "/orders/<identifier:identifier>/relationships/<relationship>",
    ),
    (UserRelationship, "user_relationship", "/users/<id:id>/relationships/<relationship>"),
    (AttendeeRelationship, "attendee_relationship", "/attendees/<id:id>/relationships/<relationship>"),
    (MovementRelationship, "movement_relationship", "/movements/<id:id>/relationships/<relationship>"),
    (
        CheckInConflictRelationship,
        "check_in_conflict_relationship",
        "/check-in-conflicts/<id:id>/relationships/<relationship>",
    ),
    (AuditEntryRelationship, "audit_entry_relationship", "/audit-entries/<id:id>/relationships/<relationship>"),
    (AmendmentRelationship, "amendment_relationship", "/amendments/<id:id>/relationships/<relationship>"),
    (RepairRelationship, "repair_relationship", "/repairs/<id:id>/relationships/<relationship>"),
    (StationRelationship, "station_relationship", "/stations/<id:id>/relationships/<relationship>"),
    (UserCheckInRelationship, "user_check_in_relationship", "/user-check-in/<id:id>/relationships/<relationship>"),
    (
        StationStorePaxRelationship,
        "station_store_pax_relationship",
        "/station-store-paxs/<id:id>/relationships/<relationship>",
    ),
    (CustomFormRelationship, "custom_form_relationship", "/custom-forms/<id:id>/relationships/<relationship>"),
    (RoleInviteRelationship, "role_invite_relationship", "/role-invites/<id:id>/relationships/<relationship>"),
    (SpeakerRelationship, "speaker_relationship", "/speakers/<id:id>/relationships/<relationship>"),
    (FeedbackRelationship, "feedback_relationship", "/feedbacks/<id:id>/relationships/<relationship>"),
    (
        UsersEventsRolesRelationship,
        "users_events_roles_relationship",
        "/users-events-roles/<id:id>/relationships/<relationship>",
    ),
)
