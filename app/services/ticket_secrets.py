"""Random secrets of tickets: another one is made when a ticket has come into the wrong hands, and the old ones end.

The database makes the first secret of a guest. His QR code says what existing apps take apart until it is replaced, and
from then on the secret: see `app.models.attendees.TicketHolder.code`.
"""

import re
import secrets

from app.clock import utcnow
from app.database import session
from app.models import RevokedSecret, TicketHolder
from app.services import hashes

BYTES = 20
"""Of randomness in a secret, written as 40 hexadecimal digits: never a hyphen, which the other code of a ticket has."""

_SECRET = re.compile(r"[0-9a-f]{40}", re.ASCII)


def is_one(text: str) -> bool:
    """Whether a text looks like a secret, and not like the other code of a ticket."""
    return _SECRET.fullmatch(text) is not None


def rotate(attendee: TicketHolder, *, revoked_by_id: int | None) -> None:
    """Gives an attendee another secret. The one before, and the code that was printed before, let nobody in from now
    on.

    Devices at the door are told with the guest's other changes, since his row is written.
    """
    # Of two at once the second ends the first's.
    session().refresh(attendee, with_for_update={"key_share": True, "of": TicketHolder})
    now = utcnow()
    if attendee.secret is not None:
        former = RevokedSecret(
            attendee_id=attendee.id,
            secret_hash=hashes.of_secret(attendee.secret),
            revoked_by_id=revoked_by_id,
            created_at=now,
        )
        session().add(former)
    attendee.secret = secrets.token_hex(BYTES)
    attendee.secret_rotated_at = attendee.secret_rotated_at or now
    session().flush()
