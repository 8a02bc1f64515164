"""Passwords and verified addresses over HTTP: plain JSON whose ``data`` holds what is meant.

Errors are JSON:API documents, but for a missing or stale token, which is told as log-in tells it.
"""

from typing import Annotated, Any

from flask import Blueprint, Response, jsonify
from msgspec import Meta, field

from app.api.calls import ACCOUNT, EVERYBODY, NOT_BLANK, Dashed, Filled, Message, Shape, call
from app.api.edge import rate_limits, tokens
from app.api.edge.actor import current_user_id, has_fresh_token
from app.api.edge.login_attempts import counted, trust
from app.api.edge.transactions import in_transaction
from app.api.jsonapi import documents, errors, rendering
from app.errors import BadRequest, Busy, Invalid, NotFound, NotFresh, NotLoggedIn, TooManyAttempts, TooManyRequests
from app.models import User
from app.services import accounts

account_calls = Blueprint("accounts", __name__)

LONGEST = {"email": 255, "token": 2000}
LONGEST_PASSWORD = 1000

NewPassword = Annotated[
    str, Meta(pattern=NOT_BLANK, min_length=accounts.SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)
]


class OldAndNew(Dashed):
    """The password, and another."""

    old_password: Filled
    new_password: NewPassword


class PasswordChange(Shape):
    """Chooses another password."""

    data: OldAndNew


class ForAddress(Shape):
    """The e-mail address of an account."""

    email: Filled


class MailRequest(Shape):
    """Asks for a mail with a link."""

    data: ForAddress


class TokenAndPassword(Shape):
    """The token of a mail, and another password."""

    token: Filled
    password: NewPassword


class PasswordReset(Shape):
    """Chooses another password with a mail's token."""

    data: TokenAndPassword


class MailedToken(Shape):
    """The token of a mail."""

    token: Filled


class Verification(Shape):
    """Proves an address with a mail's token."""

    data: MailedToken


class OwnAccount(Shape):
    """Whose account it is."""

    id: int
    email: str
    name: str | None


class ChangedAccount(OwnAccount, rename="kebab"):
    """The same after another password, with the one token that is left."""

    password_changed: bool
    access_token: str = field(name="access_token")


class Mailed(Message):
    """The mail is on its way, if there is anybody to get it."""

    email: str


LINKED: dict[str, Any] = {"needs": EVERYBODY, "plainly": (401,), "is_keyed": True}
REFUSED = (Invalid, TooManyRequests, Busy)


@account_calls.post("/v1/auth/change-password")
@call(
    "changePassword",
    takes=PasswordChange,
    gives=ChangedAccount,
    needs=ACCOUNT,
    refuses=(Invalid, TooManyAttempts),
    plainly=(401,),
    is_keyed=True,
)
def change_password() -> Response:
    """Another password for who knows the old one; his token must be fresh. All tokens end, but the one he is given."""
    user_id = current_user_id()
    if not has_fresh_token():
        raise NotFresh()
    old, new = _texts("old-password", "new-password")

    def change() -> Response:
        user = accounts.change_password(user_id, old, new)
        token = tokens.access_token(user.id, tokens.begun(user), fresh=True)
        answer = jsonify({**_shown(user), "password-changed": True, "access_token": token})
        answer.headers.update(rendering.SECRET)
        return answer

    with counted(accounts.email_of(user_id)):
        return in_transaction(change)


@account_calls.post("/v1/auth/reset-password")
@call("forgetPassword", takes=MailRequest, gives=Mailed, refuses=REFUSED, **LINKED)
def forget_password() -> Response:
    """Sends a link by mail. The answer is the same whether or not anybody has this address."""
    [email] = _texts("email")
    rate_limits.require(rate_limits.MAILED)
    message = "If an account has this e-mail address, a mail with a link to choose another password is on its way."

    def queue() -> Response:
        accounts.forget_password(email.strip())
        return jsonify(message=message, email=email)

    return in_transaction(queue)


@account_calls.patch("/v1/auth/reset-password")
@call("resetPassword", takes=PasswordReset, gives=OwnAccount, refuses=(*REFUSED, NotFound), **LINKED)
def reset_password() -> Response:
    """Another password for who has the link's token."""
    token, password = _texts("token", "password")
    rate_limits.require(rate_limits.MAILED)

    def reset() -> Response:
        user = accounts.reset_password(token, password, key=tokens.secret_key())
        trust(user.email)
        return jsonify(_shown(user))

    return in_transaction(reset)


@account_calls.post("/v1/auth/verify-email")
@call("verifyEmail", takes=Verification, gives=Message, refuses=REFUSED, **LINKED)
def verify_email() -> Response:
    """Believes that the address is his who has the link's token."""
    [token] = _texts("token")
    rate_limits.require(rate_limits.MAILED)

    def verify() -> Response:
        accounts.verify_email(token, key=tokens.secret_key())
        return jsonify(message="Email Verified")

    return in_transaction(verify)


@account_calls.post("/v1/auth/resend-verification-email")
@call("resendVerificationEmail", takes=MailRequest, gives=Message, refuses=REFUSED, **LINKED)
def resend_verification_email() -> Response:
    """Sends the link once more. The answer is the same whether or not anybody has this address."""
    [email] = _texts("email")
    rate_limits.require(rate_limits.MAILED)

    def queue() -> Response:
        accounts.ask_to_verify(email.strip())
        return jsonify(message="Verification email resent")

    return in_transaction(queue)


@account_calls.errorhandler(Exception)
def _refused(error: Exception) -> Any:
    told = errors.refusal(error)
    return errors.render_plain(told) if isinstance(told, NotLoggedIn) else errors.render(told)


def _texts(*names: str) -> list[str]:
    """Members of the body's ``data``, each a text that is not empty. Raises `BadRequest`."""
    data = documents.read_object().get("data")
    if not isinstance(data, dict):
        raise BadRequest('The body must have a member `data` that holds an object: {"data": {…}}.', pointer="/data")
    sent = {name.replace("_", "-"): value for name, value in data.items()}
    return [_text(sent.get(name), name) for name in names]


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip() or "\x00" in value:
        raise BadRequest(f"{name} is missing or not a text. Send it.", pointer=f"/data/{name}")
    longest = LONGEST.get(name, LONGEST_PASSWORD)
    if len(value) > longest:
        raise BadRequest(f"{name} is longer than {longest} characters. Send a shorter one.", pointer=f"/data/{name}")
    return value


def _shown(user: User) -> dict[str, Any]:
    return {"id": user.id, "email": user.email, "name": user.display_name}
