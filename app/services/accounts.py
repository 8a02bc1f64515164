"""What is done to an account with its password or its mails: the password changed or forgotten, the address verified.

What an answer must not tell (whether somebody has an account) is not even looked up in the request: the mail is
queued for whatever address was given, and dropped on its way if it is nobody's (`app.services.mails`). Nor does an
answer tell that the address was sent the same a moment ago, and is not again.
"""

from sqlalchemy import func, select

from app.database import session
from app.errors import BadRequest, NotFound
from app.models import User
from app.models.mails import RESET_PAGE
from app.services import account_tokens, mails, passwords, users
from app.services.users import NOT_YOU, SHORTEST_PASSWORD


def change_password(user_id: int, old: str, new: str) -> User:
    """Gives the account another password, and tells its owner by mail.

    Raises `BadRequest` when the old one is wrong, and for a new one that is too short or the old one again.
    """
    # Locked, so that of two changes that know the same old password one is too late.
    user = session().get_one(User, user_id, with_for_update={"key_share": True}, populate_existing=True)
    if not passwords.matches(old, user.password_hash):
        raise BadRequest("Wrong Password. The old password is not right.", pointer="/data/old-password")
    if len(new) < SHORTEST_PASSWORD:
        raise BadRequest(
            f"The password must have at least {SHORTEST_PASSWORD} characters.", pointer="/data/new-password"
        )
    if new == old:
        raise BadRequest("The old and the new password must be different.", pointer="/data/new-password")
    _set_password(user, new)
    return user


def forget_password(email: str) -> None:
    """Sends whoever reads the mails of an account a link with which he can choose another password, for an hour."""
    if users.is_address(email):
        mails.queue(
            email,
            "Choose another password",
            "Somebody, probably you, wants another password for your account at our events. Open this page within one"
            "\nhour to choose one; if it was not you, ignore this mail.",
            page=RESET_PAGE,
            kind="a password forgotten",
        )


def reset_password(token: str, password: str, *, key: str) -> User:
    """Another password for who has the mailed token, which shows that he reads the address's mails: it is verified.

    Raises `NotFound` for a token that is not good (any more), and `Invalid` for a short password.
    """
    users.require_long_enough(password, pointer="/data/password")
    user = account_tokens.redeem(token, account_tokens.RESET, key=key)
    if user is None:
        raise NotFound("User Not Found. The link is not valid (any more): ask for another one.", pointer="/data/token")
    user.is_verified = True
    _set_password(user, password)
    return user


def ask_for_verification(email: str) -> None:
    """Sends the mail with the link that verifies an address once more, if an account needs it."""
    if users.is_address(email):
        users.ask_for_verification(email, kind="verification asked for")


def verify_email(token: str, *, key: str) -> User:
    """The account whose address is known to be its owner's now. Raises `BadRequest` for a token that is not good."""
    user = account_tokens.redeem(token, account_tokens.VERIFY, key=key)
    if user is None:
        raise BadRequest("Invalid Token. The link is not valid (any more): ask for another one.", pointer="/data/token")
    user.is_verified = True
    session().flush()
    return user


def exists(email: str) -> bool:
    """Whether a living account has this e-mail, without regard to case."""
    statement = select(User.id).where(func.lower(User.email) == email.strip().lower(), User.deleted_at.is_(None))
    return session().scalar(statement) is not None


def _set_password(user: User, password: str) -> None:
    user.password_hash = passwords.hashed(password)
    session().flush()
    mails.queue(
        user.email, "Your password was changed", f"The password of your account at our events was changed.\n\n{NOT_YOU}"
    )
