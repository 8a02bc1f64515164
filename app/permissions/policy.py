"""The table of permissions: a row lists clauses; one clause is enough, and in it every predicate must hold.

The thing that predicates look at is the row itself; for a list under a parent it is the parent, for a creation the
event that it happens in.
"""

from enum import StrEnum
from typing import Any

from app.permissions.actors import Actor
from app.permissions.predicates import (
    PUBLIC,
    Predicate,
    anyone,
    author,
    buyer,
    has_bought,
    head,
    initializing,
    logged_in,
    maker,
    may_scan,
    may_search,
    may_sell,
    member,
    nobody,
    on_show,
    organizer,
    own_pass,
    owner,
    published,
    recorder,
    registrar,
    self_,
    seller,
    staff,
    track_organizer,
    verified,
    with_pass,
)


class Permission(StrEnum):
    """Everything that can be allowed, as NOUN_VERB."""

    EVENT_LIST = "event-list"
    EVENT_READ = "event-read"
    EVENT_CREATE = "event-create"
    EVENT_UPDATE = "event-update"
    EVENT_DELETE = "event-delete"
    EVENT_PART_READ = "event-part-read"
    EVENT_PART_WRITE = "event-part-write"
    TRACK_WRITE = "track-write"
    TAG_READ = "tag-read"
    CATALOGUE_READ = "catalogue-read"
    CATALOGUE_WRITE = "catalogue-write"
    SESSION_READ = "session-read"
    SESSION_WRITE = "session-write"
    TICKET_LIST = "ticket-list"
    TICKET_READ = "ticket-read"
    TICKET_WRITE = "ticket-write"
    ORDER_LIST = "order-list"
    ORDER_LIST_OWN = "order-list-own"
    ORDER_READ = "order-read"
    ORDER_CREATE = "order-create"
    ORDER_SELL = "order-sell"
    ORDER_UPDATE = "order-update"
    ORDER_FILL_IN = "order-fill-in"
    ORDER_RUN = "order-run"
    ORDER_OVERRULE = "order-overrule"
    ORDER_SET_AMOUNT = "order-set-amount"
    REPLACED_TICKET_PRINT = "replaced-ticket-print"
    ORDER_SEND_RECEIPT = "order-send-receipt"
    ORDER_SEND_AGAIN = "order-send-again"
    ATTENDEE_LIST = "attendee-list"
    ATTENDEE_LIST_OWN = "attendee-list-own"
    ATTENDEE_READ = "attendee-read"
    ATTENDEE_CREATE = "attendee-create"
    ATTENDEE_EDIT = "attendee-edit"
    ATTENDEE_SCAN = "attendee-scan"
    ATTENDEE_DELETE = "attendee-delete"
    MOVEMENT_READ = "movement-read"
    MOVEMENT_CREATE = "movement-create"
    MOVEMENT_OVERRIDE = "movement-override"
    MOVEMENT_AMEND = "movement-amend"
    AMENDMENT_READ = "amendment-read"
    REPAIR_READ = "repair-read"
    REPAIR_WRITE = "repair-write"
    OCCUPANCY_READ = "occupancy-read"
    DEVICE_READ = "device-read"
    INTEGRITY_READ = "integrity-read"
    READINESS_READ = "readiness-read"
    CHECK_IN_CONFLICT_READ = "check-in-conflict-read"
    CHECK_IN_CONFLICT_RESOLVE = "check-in-conflict-resolve"
    TIME_ON_SITE_READ = "time-on-site-read"
    ATTENDEE_DELTA_READ = "attendee-delta-read"
    STATION_READ = "station-read"
    STATION_WRITE = "station-write"
    USER_CHECK_IN_READ = "user-check-in-read"
    USER_CHECK_IN_CREATE = "user-check-in-create"
    USER_CHECK_IN_DELETE = "user-check-in-delete"
    STATION_STORE_PAX_READ = "station-store-pax-read"
    STATION_STORE_PAX_WRITE = "station-store-pax-write"
    STATISTICS_READ = "statistics-read"
    CUSTOM_FORM_READ = "custom-form-read"
    CUSTOM_FORM_WRITE = "custom-form-write"
    EVENT_EXPORT = "event-export"
    BADGE_FORM_READ = "badge-form-read"
    BADGE_FORM_WRITE = "badge-form-write"
    BADGE_PRINT = "badge-print"
    USER_LIST = "user-list"
    USER_READ = "user-read"
    USER_CREATE = "user-create"
    USER_UPDATE = "user-update"
    USER_DELETE = "user-delete"
    RELATED_USER_READ = "related-user-read"
    ROLE_READ = "role-read"
    USERS_EVENTS_ROLES_LIST = "users-events-roles-list"
    USERS_EVENTS_ROLES_READ = "users-events-roles-read"
    USERS_EVENTS_ROLES_CREATE = "users-events-roles-create"
    USERS_EVENTS_ROLES_WRITE = "users-events-roles-write"
    HEADS_NAME = "heads-name"
    ROLE_INVITE_READ = "role-invite-read"
    ROLE_INVITE_WRITE = "role-invite-write"
    ROLE_INVITE_RESEND = "role-invite-resend"
    ROLE_INVITE_ACCEPT = "role-invite-accept"
    SPEAKER_READ = "speaker-read"
    SPEAKER_WRITE = "speaker-write"
    FEEDBACK_LIST_OWN = "feedback-list-own"
    FEEDBACK_READ = "feedback-read"
    FEEDBACK_CREATE = "feedback-create"
    FEEDBACK_UPDATE = "feedback-update"
    FEEDBACK_DELETE = "feedback-delete"
    AUDIT_ENTRY_READ = "audit-entry-read"
    SETTING_READ = "setting-read"
    SETTING_WRITE = "setting-write"
    PAGE_READ = "page-read"
    PAGE_WRITE = "page-write"
    DOOR_PASS_READ = "door-pass-read"
    DOOR_PASS_WRITE = "door-pass-write"
    GUEST_SEARCH = "guest-search"
    GUEST_NAME = "guest-name"
    TICKET_SECRET_ROTATE = "ticket-secret-rotate"
    LINK_CHANGE = "link-change"
    DESCRIPTION_READ = "description-read"


P = Permission

POLICY: dict[Permission, list[list[Predicate]]] = {
    P.EVENT_LIST: [[anyone]],
    P.EVENT_READ: [[published], [staff], [member], [with_pass]],
    P.EVENT_CREATE: [[staff], [verified]],
    P.EVENT_UPDATE: [[staff], [organizer]],
    P.EVENT_DELETE: [[staff], [organizer]],
    P.EVENT_PART_READ: [[published], [staff], [member], [with_pass]],
    P.EVENT_PART_WRITE: [[staff], [organizer]],
    P.TRACK_WRITE: [[staff], [organizer], [track_organizer]],
    P.TAG_READ: [[staff], [organizer], [registrar]],
    P.CATALOGUE_READ: [[anyone]],
    P.CATALOGUE_WRITE: [[staff]],
    P.SESSION_READ: [[published, on_show], [staff], [member]],
    P.SESSION_WRITE: [[staff], [organizer], [track_organizer]],
    P.TICKET_LIST: [[published], [staff], [member], [buyer], [seller], [may_sell]],
    P.TICKET_READ: [[published, on_show], [staff], [organizer], [registrar], [may_sell], [has_bought]],
    P.TICKET_WRITE: [[staff], [organizer]],
    P.ORDER_LIST: [[staff], [organizer], [registrar]],
    P.ORDER_LIST_OWN: [[logged_in]],
    P.ORDER_READ: [[staff], [organizer], [registrar], [buyer], [seller]],
    P.ORDER_CREATE: [[logged_in, published], [staff], [member]],
    P.ORDER_SELL: [[staff], [organizer], [registrar], [may_sell]],
    P.ORDER_UPDATE: [[staff], [organizer], [buyer]],
    P.ORDER_FILL_IN: [[buyer]],
    P.ORDER_RUN: [[organizer]],
    P.ORDER_OVERRULE: [[staff]],
    P.ORDER_SET_AMOUNT: [[staff], [organizer]],
    P.REPLACED_TICKET_PRINT: [[staff], [organizer], [registrar], [buyer]],
    P.ORDER_SEND_RECEIPT: [[staff], [organizer], [registrar], [buyer, verified]],
    P.ORDER_SEND_AGAIN: [[staff], [organizer]],
    P.ATTENDEE_LIST: [[staff], [organizer], [registrar], [buyer], [has_bought]],
    P.ATTENDEE_LIST_OWN: [[logged_in]],
    P.ATTENDEE_READ: [[staff], [organizer], [registrar], [buyer], [maker]],
    P.ATTENDEE_CREATE: [[logged_in, published], [staff], [member]],
    P.ATTENDEE_EDIT: [[staff], [organizer], [registrar], [buyer, initializing], [maker]],
    P.ATTENDEE_SCAN: [[staff], [organizer], [registrar]],
    P.ATTENDEE_DELETE: [[staff], [organizer], [registrar], [maker]],
    P.MOVEMENT_READ: [[staff], [organizer], [registrar], [may_scan, recorder]],
    P.MOVEMENT_CREATE: [[staff], [organizer], [registrar], [may_scan]],
    P.MOVEMENT_OVERRIDE: [[staff], [organizer]],
    P.MOVEMENT_AMEND: [[staff], [organizer], [registrar, recorder], [may_scan, recorder]],
    P.AMENDMENT_READ: [[staff], [organizer], [registrar]],
    P.REPAIR_READ: [[staff], [organizer], [registrar]],
    P.REPAIR_WRITE: [[staff], [organizer]],
    P.OCCUPANCY_READ: [[staff], [organizer], [registrar], [may_scan]],
    P.DEVICE_READ: [[staff], [organizer], [registrar]],
    P.INTEGRITY_READ: [[staff], [organizer]],
    P.READINESS_READ: [[staff], [organizer], [registrar]],
    P.CHECK_IN_CONFLICT_READ: [[staff], [organizer], [registrar]],
    P.CHECK_IN_CONFLICT_RESOLVE: [[staff], [organizer]],
    P.TIME_ON_SITE_READ: [[staff], [organizer]],
    P.ATTENDEE_DELTA_READ: [[staff], [organizer], [registrar], [may_scan]],
    P.STATION_READ: [[staff], [organizer], [registrar]],
    P.STATION_WRITE: [[staff], [organizer]],
    P.USER_CHECK_IN_READ: [[staff], [organizer], [registrar]],
    P.USER_CHECK_IN_CREATE: [[staff], [organizer], [registrar]],
    P.USER_CHECK_IN_DELETE: [[staff], [organizer]],
    P.STATION_STORE_PAX_READ: [[staff], [organizer], [registrar]],
    P.STATION_STORE_PAX_WRITE: [[staff], [organizer], [registrar]],
    P.STATISTICS_READ: [[staff], [organizer]],
    P.CUSTOM_FORM_READ: [[published], [staff], [member]],
    P.CUSTOM_FORM_WRITE: [[staff], [organizer]],
    P.EVENT_EXPORT: [[staff], [organizer]],
    P.BADGE_FORM_READ: [[staff], [organizer], [registrar]],
    P.BADGE_FORM_WRITE: [[staff], [organizer]],
    P.BADGE_PRINT: [[staff], [organizer], [registrar]],
    P.USER_LIST: [[staff]],
    P.USER_READ: [[staff], [self_]],
    P.USER_CREATE: [[anyone]],
    P.USER_UPDATE: [[staff], [self_]],
    P.USER_DELETE: [[staff], [self_]],
    P.RELATED_USER_READ: [[logged_in]],
    P.ROLE_READ: [[anyone]],
    P.USERS_EVENTS_ROLES_LIST: [[staff], [organizer]],
    P.USERS_EVENTS_ROLES_READ: [[staff], [organizer], [self_]],
    P.USERS_EVENTS_ROLES_CREATE: [[staff]],
    P.USERS_EVENTS_ROLES_WRITE: [[staff], [head]],
    P.HEADS_NAME: [[staff], [owner]],
    P.ROLE_INVITE_READ: [[staff], [organizer]],
    P.ROLE_INVITE_WRITE: [[staff], [head]],
    P.ROLE_INVITE_RESEND: [[staff], [organizer]],
    P.ROLE_INVITE_ACCEPT: [[logged_in]],
    P.SPEAKER_READ: [[published, on_show], [staff], [member]],
    P.SPEAKER_WRITE: [[staff], [organizer], [track_organizer]],
    P.FEEDBACK_LIST_OWN: [[logged_in]],
    P.FEEDBACK_READ: [[published, on_show], [staff], [member], [author]],
    P.FEEDBACK_CREATE: [[logged_in, published], [staff], [member]],
    P.FEEDBACK_UPDATE: [[author]],
    P.FEEDBACK_DELETE: [[staff], [organizer], [author]],
    P.AUDIT_ENTRY_READ: [[staff], [organizer]],
    P.SETTING_READ: [[anyone]],
    P.SETTING_WRITE: [[staff]],
    P.PAGE_READ: [[anyone]],
    P.PAGE_WRITE: [[staff]],
    P.DOOR_PASS_READ: [[staff], [organizer], [own_pass]],
    P.DOOR_PASS_WRITE: [[staff], [organizer]],
    P.GUEST_SEARCH: [[staff], [organizer], [registrar], [may_scan], [may_search]],
    P.GUEST_NAME: [[staff], [organizer], [registrar], [may_search]],
    P.TICKET_SECRET_ROTATE: [[staff], [organizer], [registrar]],
    P.LINK_CHANGE: [[nobody]],  # of links that no resource has opened at their own address
    P.DESCRIPTION_READ: [[anyone]],
}


def permits(actor: Actor, permission: Permission, thing: Any) -> bool:
    """Whether the table allows it."""
    return any(all(predicate(actor, thing) for predicate in clause) for clause in POLICY[permission])


def needs_login(permission: Permission) -> bool:
    """No clause of the row can hold for somebody who is not logged in."""
    return not any(PUBLIC.issuperset(clause) for clause in POLICY[permission])
