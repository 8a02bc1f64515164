"""What is done with an account's password or its mails: log-in, a password changed or forgotten, the address verified.

What an answer must not tell (whether somebody has an account) is not even looked up in the request: the mail is
queued for whatever address was given, and dropped on its way if it is nobody's (`app.services.mails`). Nor does an
answer tell that the address was sent the same a moment ago, and is not again.
"""

from sqlalchemy import select, update

from app.database import session
from app.errors import BadRequest, Invalid, InvalidCredentials, NotFound, WrongPassword
from app.models import User
from app.models.mails import RESET_PAGE, VERIFY_PAGE
from app.services import account_tokens, mails, passwords
from app.services.addresses import by_email, is_address

SHORTEST_PASSWORD = 8

EPOCHS_FORGOTTEN = 1_000
"""More than an account has used up between a backup and its restore."""

NOT_YOU = "If it was not you who did this, ask the organizers of your event for help."


def authenticate(email: str, password: str) -> User:
    """The living account with this e-mail (without regard to case) and password.

    Raises `InvalidCredentials`, which does not tell a wrong password from an unknown or deleted account; a blocked
    account is told so, once its password was right.
    """
    user = by_email(email)
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        raise InvalidCredentials("Invalid Credentials")
    if user.is_blocked:
        raise InvalidCredentials("Admin has marked this account as spam")
    return user


def has_password(user_id: int, password: str) -> bool:
    """Whether this is the account's password."""
    return passwords.matches(password, session().scalar(select(User.password_hash).where(User.id == user_id)))


def email_of(user_id: int) -> str:
    """The address of an account."""
    return session().scalars(select(User.email).where(User.id == user_id)).one()


def change_password(user_id: int, old: str, new: str) -> User:
    """Gives the account another password, and tells its owner by mail. All its tokens end.

    Raises `WrongPassword` when the old one is wrong, and `BadRequest` for a new one that is too short or the old one
    again.
    """
    # Locked, so that of two changes that know the same old password one is too late.
    user = session().get_one(User, user_id, with_for_update={"key_share": True}, populate_existing=True)
    if not passwords.matches(old, user.password_hash):
        raise WrongPassword(
            "Wrong Password. The old password is not right. Type it again, or choose another one by mail.",
            pointer="/data/old-password",
        )
    if len(new) < SHORTEST_PASSWORD:
        raise BadRequest(
            f"The password must have at least {SHORTEST_PASSWORD} characters. Send a longer one.",
            pointer="/data/new-password",
        )
    if new == old:
        raise BadRequest(
            "The old and the new password must be different. Choose another new one.", pointer="/data/new-password"
        )
    set_password(user, new)
    return user


def forget_password(email: str) -> None:
    """Sends whoever reads the mails of an account a link with which he can choose another password, for an hour."""
    if is_address(email):
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
    require_long_enough(password, pointer="/data/password")
    user = account_tokens.redeem(token, account_tokens.RESET, key=key)
    if user is None:
        raise NotFound("User Not Found. The link is not valid (any more): ask for another one.", pointer="/data/token")
    user.is_verified = True
    set_password(user, password)
    return user


def ask_to_verify(email: str) -> None:
    """Sends the mail with the link that verifies an address once more, if an account needs it."""
    if is_address(email):
        ask_for_verification(email, kind="verification asked for")


def ask_for_verification(email: str, *, kind: str) -> None:
    """Queues the mail with the link that verifies an address; it is sent only if an account needs it.

    ``kind`` says what it is asked for (`mails.queue`): who asks before there is an account takes nothing from it.
    """
    mails.queue(
        email,
        "Please verify your e-mail address",
        "Somebody has given this address for an account at our events. If it was you, open this page within 24 hours to"
        "\nverify it; if not, ignore this mail.",
        page=VERIFY_PAGE,
        kind=kind,
    )


def verify_email(token: str, *, key: str) -> User:
    """The account whose address is known to be its owner's now. Raises `BadRequest` for a token that is not good."""
    user = account_tokens.redeem(token, account_tokens.VERIFY, key=key)
    if user is None:
        raise BadRequest("Invalid Token. The link is not valid (any more): ask for another one.", pointer="/data/token")
    user.is_verified = True
    session().flush()
    return user


def end_all_tokens() -> None:
    """Ends the tokens of every account, those of a time that is forgotten now, too."""
    session().execute(update(User).values(token_epoch=User.token_epoch + EPOCHS_FORGOTTEN))


def give_password(email: str, password: str) -> None:
    """Gives the account with this e-mail another password. Raises `NotFound`, and `Invalid` for a short one."""
    user = by_email(email)
    if user is None:
        raise NotFound(f"There is no account {email}. Check the address.")
    require_long_enough(password)
    set_password(user, password)


def set_password(user: User, password: str) -> None:
    """Another password for the account, whose owner is told by mail. A trigger ends its tokens."""
    user.password_hash = passwords.hashed(password)
    session().flush()
    session().refresh(user, ["token_epoch"])
    mails.queue(
        user.email, "Your password was changed", f"The password of your account at our events was changed.\n\n{NOT_YOU}"
    )


def require_long_enough(password: str, *, pointer: str = "/data/attributes/password") -> None:
    """Raises `Invalid` for a password that is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid(
            f"The password must have at least {SHORTEST_PASSWORD} characters. Send a longer one.", pointer=pointer
        )
