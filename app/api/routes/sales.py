"""Routes of what is sold, and to whom: tickets, orders and attendees, what they are asked, and how many they are."""

from app.api.attendees import (
    AttendeeDetail,
    AttendeeList,
    AttendeeListPost,
    AttendeeRelationship,
    RelatedAttendee,
    UserAttendeeList,
)
from app.api.badge_forms import BadgeFormDetail, BadgeFormList, BadgeFormListPost, BadgeFormRelationship
from app.api.custom_forms import (
    CustomFormDetail,
    CustomFormList,
    CustomFormListPost,
    CustomFormRelationship,
    OneFormList,
)
from app.api.nouns import under_event, under_order
from app.api.orders import EventOrderList, OrderDetail, OrderList, OrderRelationship, RelatedOrder, UserOrderList
from app.api.statistics import EventGeneralStatistics, EventOrderStatistics, TicketOrderStatistics
from app.api.tickets import RelatedTicket, TicketDetail, TicketList, TicketListPost, TicketRelationship

ROUTES = (
    (TicketList, "ticket_list", *under_event("tickets"), *under_order("tickets")),
    (TicketListPost, "ticket_list_post", "/tickets"),
    (TicketDetail, "ticket_detail", "/tickets/<id:id>"),
    (RelatedTicket, "related_ticket", "/attendees/<id:attendee_id>/ticket"),
    (TicketRelationship, "ticket_relationship", "/tickets/<id:id>/relationships/<relationship>"),
    (OrderList, "order_list", "/orders"),
    (UserOrderList, "user_order_list", "/users/<id:user_id>/orders"),
    (EventOrderList, "event_order_list", *under_event("orders")),
    (OrderDetail, "order_detail", "/orders/<id:id>", "/orders/<identifier:identifier>"),
    (RelatedOrder, "related_order", "/attendees/<id:attendee_id>/order"),
    (
        OrderRelationship,
        "order_relationship",
        "/orders/<id:id>/relationships/<relationship>",
        "/orders/<identifier:identifier>/relationships/<relationship>",
    ),
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
    (AttendeeRelationship, "attendee_relationship", "/attendees/<id:id>/relationships/<relationship>"),
    (CustomFormList, "custom_form_list", *under_event("custom-forms")),
    (OneFormList, "one_form_list", *under_event("custom-forms/<form_id:form_id>")),
    (CustomFormListPost, "custom_form_list_post", "/custom-forms"),
    (CustomFormDetail, "custom_form_detail", "/custom-forms/<id:id>"),
    (CustomFormRelationship, "custom_form_relationship", "/custom-forms/<id:id>/relationships/<relationship>"),
    (BadgeFormList, "badge_form_list", *under_event("badge-forms")),
    (BadgeFormListPost, "badge_form_list_post", "/badge-forms"),
    (BadgeFormDetail, "badge_form_detail", "/badge-forms/<id:id>"),
    (BadgeFormRelationship, "badge_form_relationship", "/badge-forms/<id:id>/relationships/<relationship>"),
    (EventOrderStatistics, "event_order_statistics", *under_event("order-statistics")),
    (EventGeneralStatistics, "event_general_statistics", *under_event("general-statistics")),
    (TicketOrderStatistics, "ticket_order_statistics", "/tickets/<id:ticket_id>/order-statistics"),
)
