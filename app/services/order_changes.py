"""What may become of an order, and who may bring it about (docs/api.md).

`MOVES` is the table of statuses; the rules about payment and billing follow it. A move is told to the buyer by mail.
Seats are given back here when an order ends, exactly once: its row is locked, and an ended order never moves again. Its
attendees stay, and cannot enter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.clock import utcnow
from app.database import session
from app.errors import Conflict, DomainError, Forbidden, Invalid
from app.models import Order
from app.models.columns import ZERO
from app.models.orders import (
    CANCELLED,
    COMPLETED,
    ENDED,
    EXPIRED,
    FREE,
    INITIALIZING,
    OFFLINE_MODES,
    ONSITE,
    PENDING,
    PLACED,
    UNFINISHED,
)
from app.services import custom_forms, inventory, order_mails
from app.services.notes import appended
from app.services.orders import usual_payment_mode

BUYER, TEAM, STAFF = "buyer", "team", "staff"
"""Who changes an order; the team are owner, organizers and coorganizers of its event."""

YES = "yes"
IF_FREE = "only when nothing is to be paid"

MOVES: dict[str, dict[str, dict[str, str]]] = {
    BUYER: {
        INITIALIZING: {PENDING: YES, PLACED: YES, COMPLETED: IF_FREE, CANCELLED: YES},
        PENDING: {PLACED: YES, COMPLETED: IF_FREE, CANCELLED: YES},
    },
    TEAM: {
        INITIALIZING: {PLACED: YES, COMPLETED: YES, CANCELLED: YES},
        PENDING: {PLACED: YES, COMPLETED: YES, CANCELLED: YES},
        PLACED: {COMPLETED: YES, CANCELLED: YES},
        COMPLETED: {CANCELLED: IF_FREE},
    },
    STAFF: {
        INITIALIZING: {PENDING: YES, PLACED: YES, COMPLETED: YES, CANCELLED: YES},
        PENDING: {PLACED: YES, COMPLETED: YES, CANCELLED: YES},
        PLACED: {COMPLETED: YES, CANCELLED: YES},
        COMPLETED: {CANCELLED: YES},
    },
}
"""Who may move an order from which status to which. What is not listed may not be: there is no way back, an order
expires by itself, and what has ended stays so."""

BILLING = ("company", "address", "city", "zipcode", "country")
"""What billing information is complete with."""

BUYERS = (*BILLING, "state", "tax_business_info", "is_billing_enabled", "payment_mode", "order_notes")
"""What a buyer may edit until he has finished."""

CHANGEABLE = (*BUYERS, "cancel_note")

OUT_OF_HANDS = "You cannot update a non-initialized or non-pending order. Ask an organizer of the event."
BILLED = "Set is-billing-enabled, and send company, address, city, zipcode and country."

ENABLED_BY = {
    mode: "can_pay_onsite" if mode == ONSITE else f"can_pay_by_{mode}"
    for mode in ("stripe", "paypal", "bank", "cheque", ONSITE, "omise", "alipay", "paytm", "invoice")
}
"""Payment mode → the event's switch for it."""


@dataclass(frozen=True)
class Editor:
    """What somebody is to an order. He may be several: an organizer who adds an order is its buyer too."""

    is_buyer: bool = False
    is_team: bool = False
    is_staff: bool = False

    @property
    def kinds(self) -> Iterator[str]:
        """The columns of `MOVES` that hold for him, the mightiest first."""
        held = {STAFF: self.is_staff, TEAM: self.is_team, BUYER: self.is_buyer}
        return (kind for kind, holds in held.items() if holds)

    @property
    def takes_money(self) -> bool:
        """He may say that an order is paid."""
        return self.is_team or self.is_staff


def change(order: Order, data: dict[str, Any], editor: Editor, *, held_for: timedelta) -> None:
    """Does what a PATCH asks, and takes it out of ``data``. What is sent as it is stored asks for nothing.

    The order's row is locked. An order whose time (``held_for``) has run out counts as expired. Raises `Forbidden` and
    `Conflict` (a move or an edit that is not his, or nobody's) and `Invalid` (payment mode, billing information,
    attendees that are not filled in).
    """
    target = data.pop("status", order.status)
    edits = {name: data.pop(name) for name in CHANGEABLE if name in data}
    if editor.takes_money and "order_notes" in edits:
        edits["order_notes"] = appended(order.order_notes, edits["order_notes"])
    edits = {name: value for name, value in edits.items() if value != getattr(order, name)}
    status = EXPIRED if inventory.is_overdue(order, held_for=held_for) else order.status
    moves = target != order.status
    if moves:
        _require_move(order, status, target, editor)
    _require_editable(edits, status, target if moves else None, editor)
    for name, value in edits.items():
        setattr(order, name, value)
    _require_payment(order, target, editor, moves=moves, chosen="payment_mode" in edits)
    if moves:
        _require_filled_in(order, target, editor)
        _move(order, target)
    session().flush()


def _move(order: Order, target: str) -> None:
    if target == COMPLETED:
        order.completed_at = utcnow()
        order.payment_mode = usual_payment_mode(order.payment_mode, order.amount)
    order.status = target
    session().flush()  # the database writes the attendees, too: before the tickets' rows are locked
    if target in ENDED:
        inventory.release_order(order.id)
    order_mails.tell_buyer(order)


# --- who may ------------------------------------------------------------------------------------------------------


def _require_move(order: Order, status: str, target: str, editor: Editor) -> None:
    verdicts = {MOVES[kind].get(status, {}).get(target) for kind in editor.kinds}
    if YES in verdicts or (IF_FREE in verdicts and order.amount == ZERO):
        return
    raise _refusal(status, target, editor, is_paid=order.amount > ZERO)


def _refusal(status: str, target: str, editor: Editor, *, is_paid: bool) -> DomainError:
    """The contract's words, by the mightiest of what he is."""
    pointer = "/data/attributes/status"
    if status in ENDED and editor.takes_money:
        kind = Conflict if editor.is_staff else Forbidden
        article = "an" if status == EXPIRED else "a"
        return kind(f"You cannot update the status of {article} {status} order. Make a new one.", pointer=pointer)
    if status == COMPLETED and is_paid and editor.is_team and not editor.is_staff:
        return Forbidden(
            "You cannot update the status of a completed paid order. Ask the server's staff.", pointer=pointer
        )
    if not editor.takes_money and status not in UNFINISHED:
        return Forbidden(OUT_OF_HANDS, pointer=pointer)
    if not editor.takes_money and target == COMPLETED:
        return Forbidden(
            "You cannot complete an order that is not paid. Place it, and the organizer completes it with the payment.",
            pointer=pointer,
        )
    return Conflict(
        f"An order that is {status} cannot become {target}. Load it again to see where it stands.", pointer=pointer
    )


def _require_editable(edits: dict[str, Any], status: str, target: str | None, editor: Editor) -> None:
    """``target`` is what the order becomes; None when it stays as it is."""
    allowed = _editable(status, target, editor)
    for name in edits:
        if name in allowed:
            continue
        member = name.replace("_", "-")
        if not editor.takes_money and status not in UNFINISHED:
            detail = OUT_OF_HANDS
        else:
            detail = f"You cannot update {member} of an order. Leave it out."
        raise Forbidden(detail, pointer=f"/data/attributes/{member}")


def _editable(status: str, target: str | None, editor: Editor) -> set[str]:
    allowed: set[str] = set()
    if editor.is_staff or (editor.is_buyer and status in UNFINISHED):
        allowed.update(BUYERS)
    if editor.takes_money:
        allowed.add("order_notes")
    if editor.takes_money and target in (PLACED, COMPLETED):
        allowed.add("payment_mode")
    if target == CANCELLED:
        allowed.add("cancel_note")
    return allowed


# --- payment ------------------------------------------------------------------------------------------------------


def _require_payment(order: Order, target: str, editor: Editor, *, moves: bool, chosen: bool) -> None:
    """Checks the order as edited; ``chosen``: a payment mode was sent; ``moves``: it is about to become ``target``."""
    finishes = moves and order.status in UNFINISHED and target not in ENDED
    if chosen or finishes:
        _require_payment_mode(order, editor)
    if not finishes:
        return
    if target == PLACED and not editor.takes_money and order.payment_mode not in OFFLINE_MODES:
        raise Invalid(
            f"An order is placed when it will be paid offline. Choose one of {', '.join(OFFLINE_MODES)}.",
            pointer="/data/attributes/payment-mode",
        )
    if not (editor.takes_money and order.payment_mode == ONSITE):  # at the door nobody asks for it
        _require_billing(order)


def _require_payment_mode(order: Order, editor: Editor) -> None:
    mode, pointer = order.payment_mode, "/data/attributes/payment-mode"
    if mode == FREE and order.amount > ZERO:
        raise Invalid(f"payment-mode cannot be free: {order.amount} are to be paid. Choose how.", pointer=pointer)
    if mode in (None, FREE) or (mode == ONSITE and editor.takes_money):
        return
    if not getattr(order.event, ENABLED_BY[mode]):
        raise Invalid(
            f"The event does not take payment by {mode}. Choose a payment-mode that it takes (can-pay-…).",
            pointer=pointer,
        )


def _require_billing(order: Order) -> None:
    pointer = "/data/attributes/is-billing-enabled"
    if order.event.is_billing_info_mandatory and order.amount > ZERO and not order.is_billing_enabled:
        raise Invalid(f"Billing information is mandatory for this order. {BILLED}", pointer=pointer)
    if order.is_billing_enabled and not all(getattr(order, name) for name in BILLING):
        raise Invalid(f"Billing information incomplete. {BILLED}", pointer=pointer)


# --- attendees ----------------------------------------------------------------------------------------------------


def _require_filled_in(order: Order, target: str, editor: Editor) -> None:
    """Once the order has left `INITIALIZING` its buyer cannot fill anybody in, so that he is asked then, and never
    again. The team may: nobody at the door is held up by a form."""
    asked = order.status == INITIALIZING and target not in ENDED and not editor.takes_money
    if asked and order.event.is_ticket_form_enabled:
        custom_forms.require_answers(order)
