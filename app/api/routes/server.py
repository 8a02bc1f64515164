"""Routes of accounts, their roles and what they did, and of the server itself."""

from app.api.audit_entries import AuditEntryDetail, AuditEntryList, AuditEntryRelationship
from app.api.nouns import under_event, under_order
from app.api.pages import PageDetail, PageList
from app.api.role_invites import RoleInviteDetail, RoleInviteList, RoleInviteListPost, RoleInviteRelationship
from app.api.settings import SettingDetail
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

ROUTES = (
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
        "/door-passes/<id:door_pass_id>/created-by",
        "/door-passes/<id:door_pass_id>/revoked-by",
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
    (
        RelatedMemberList,
        "related_member_list",
        *under_event("organizers"),
        *under_event("coorganizers"),
        *under_event("track-organizers"),
        *under_event("moderators"),
        *under_event("registrars"),
    ),
    (UserRelationship, "user_relationship", "/users/<id:id>/relationships/<relationship>"),
    (RoleList, "role_list", "/roles"),
    (
        RoleDetail,
        "role_detail",
        "/roles/<id:id>",
        "/role-invites/<id:role_invite_id>/role",
        "/users-events-roles/<id:users_events_roles_id>/role",
    ),
    (UsersEventsRolesList, "users_events_roles_list", *under_event("roles"), *under_event("users-events-roles")),
    (UsersEventsRolesListPost, "users_events_roles_list_post", "/users-events-roles"),
    (UsersEventsRolesDetail, "users_events_roles_detail", "/users-events-roles/<id:id>"),
    (
        UsersEventsRolesRelationship,
        "users_events_roles_relationship",
        "/users-events-roles/<id:id>/relationships/<relationship>",
    ),
    (RoleInviteList, "role_invite_list", *under_event("role-invites")),
    (RoleInviteListPost, "role_invite_list_post", "/role-invites"),
    (RoleInviteDetail, "role_invite_detail", "/role-invites/<id:id>"),
    (RoleInviteRelationship, "role_invite_relationship", "/role-invites/<id:id>/relationships/<relationship>"),
    (AuditEntryList, "audit_entry_list", *under_event("audit-entries")),
    (AuditEntryDetail, "audit_entry_detail", "/audit-entries/<id:id>"),
    (AuditEntryRelationship, "audit_entry_relationship", "/audit-entries/<id:id>/relationships/<relationship>"),
    (SettingDetail, "setting_detail", "/settings", "/settings/<id:id>"),
    (PageList, "page_list", "/pages"),
    (PageDetail, "page_detail", "/pages/<id:id>"),
)
