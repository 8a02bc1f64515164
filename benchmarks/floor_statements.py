"""What the floor says to PostgreSQL: the fewest statements that do each job."""

from app.schemas import (
    AttendeeSchema,
    BuyerSchema,
    EventSchema,
    OrderSchema,
    OrderStatisticsEventSchema,
    TicketSchema,
)
from benchmarks.floor_documents import Shape

GUEST = Shape(AttendeeSchema, "guest")
ORDER = Shape(OrderSchema, "sale", absent=["discount-code-id"])
TICKET = Shape(TicketSchema, "ticket")
USER = Shape(BuyerSchema, "account")
EVENT = Shape(EventSchema, "event")
STATISTICS = Shape(OrderStatisticsEventSchema, "numbers")

ACTOR = """
    SELECT FROM users JOIN users_events_roles ON user_id = users.id
    WHERE users.id = %(user_id)s AND event_id = {event_id} AND deleted_at IS NULL AND NOT is_blocked
"""

LOCKED_GUEST = f"""
    SELECT guest.event_id, guest.is_checked_in FROM ticket_holders AS guest
    WHERE guest.id = %(guest_id)s AND guest.deleted_at IS NULL AND EXISTS ({ACTOR.format(event_id="guest.event_id")})
    FOR NO KEY UPDATE OF guest
"""

CHECK_IN = f"""
    UPDATE ticket_holders AS guest SET is_checked_in = true, is_checked_out = false,
        checkin_times = concat_ws(',', checkin_times, %(time)s),
        device_name_checkin = concat_ws(',', device_name_checkin, '-')
    WHERE id = %(guest_id)s RETURNING {GUEST.columns}
"""

CHECK_OUT = f"""
    UPDATE ticket_holders AS guest SET is_checked_in = false, is_checked_out = true,
        checkout_times = concat_ws(',', checkout_times, %(time)s)
    WHERE id = %(guest_id)s RETURNING {GUEST.columns}
"""

MOVEMENT = """
    INSERT INTO movements (event_id, attendee_id, direction, occurred_at, recorded_at, recorded_by_id, source, verdict)
    VALUES (%(event_id)s, %(guest_id)s, %(direction)s, %(now)s, %(now)s, %(user_id)s, 'patch', 'accepted')
"""

SELLER = ACTOR.format(event_id="%(event_id)s")

SEATS = """
    UPDATE tickets SET sold = sold + %(quantity)s
    WHERE id = %(ticket_id)s AND event_id = %(event_id)s AND deleted_at IS NULL AND sold + %(quantity)s <= quantity
    RETURNING price
"""

SALE = f"""
    WITH made AS (
        INSERT INTO orders AS sale
            (identifier, event_id, sold_by_id, amount, status, payment_mode, completed_at, created_at)
        VALUES (%(identifier)s, %(event_id)s, %(user_id)s, %(amount)s, 'completed', 'onsite', %(now)s, %(now)s)
        RETURNING {ORDER.columns}
    ), line AS (
        INSERT INTO order_lines (order_id, ticket_id, quantity, price)
        SELECT id, %(ticket_id)s, %(quantity)s, %(price)s FROM made
    )
    SELECT * FROM made
"""

GUESTS = """
    INSERT INTO ticket_holders (id, lastname, firstname, event_id, ticket_id, order_id, created_by_id, created_at)
    SELECT id, id::text, 'Walk-in', %(event_id)s, %(ticket_id)s, %(order_id)s, %(user_id)s, %(now)s
    FROM (SELECT nextval(pg_get_serial_sequence('ticket_holders', 'id')) AS id
          FROM generate_series(1, %(quantity)s)) AS numbers
    RETURNING id
"""

KEPT_COUNT = "(SELECT sum(attendees)::bigint FROM attendee_counts WHERE event_id = %(event_id)s)"
"""How many guests there are on all pages, as the database's triggers count them."""

PAGE = f"""
    SELECT {GUEST.columns}, {KEPT_COUNT} FROM ticket_holders AS guest
    WHERE event_id = %(event_id)s AND deleted_at IS NULL ORDER BY id LIMIT %(size)s OFFSET %(offset)s
"""

PAGE_WITH_MORE = f"""
    SELECT {GUEST.columns}, {ORDER.columns}, {TICKET.columns}, {USER.columns}, {KEPT_COUNT} FROM ticket_holders AS guest
    JOIN tickets AS ticket ON ticket.id = guest.ticket_id
    LEFT JOIN orders AS sale ON sale.id = guest.order_id
    LEFT JOIN users AS account ON lower(account.email) = lower(guest.email) AND account.deleted_at IS NULL
    WHERE guest.event_id = %(event_id)s AND guest.deleted_at IS NULL
    ORDER BY guest.id LIMIT %(size)s OFFSET %(offset)s
"""

ORDER_WITH_MORE = f"""
    SELECT {ORDER.columns}, {GUEST.columns}, {TICKET.columns} FROM orders AS sale
    JOIN ticket_holders AS guest ON guest.order_id = sale.id AND guest.deleted_at IS NULL
    JOIN tickets AS ticket ON ticket.id = guest.ticket_id
    WHERE sale.identifier = %(identifier)s ORDER BY guest.id
"""

EVENTS = f"""
    SELECT {EVENT.columns} FROM events AS event
    WHERE state = 'published' AND deleted_at IS NULL ORDER BY id LIMIT %(size)s OFFSET %(offset)s
"""

TICKETS = f"""
    SELECT {TICKET.columns} FROM tickets AS ticket
    WHERE event_id = %(event_id)s AND deleted_at IS NULL AND NOT is_hidden ORDER BY id
"""

SOLD = """
    SELECT status, sum(orders)::bigint,
           (SELECT sum(seats)::bigint FROM sale_counts AS sold
            WHERE sold.event_id = event.id AND sold.status = kept.status), sum(amount)
    FROM events AS event JOIN order_counts AS kept ON kept.event_id = event.id
    WHERE event.id = %(event_id)s AND deleted_at IS NULL GROUP BY event.id, status
"""
"""What was ordered by status, as the database's triggers count it."""
