"""Documents say the limits that the code has: each sentence is made of the constant."""

from datetime import timedelta

import pytest

from app import live, serving
from app.api import tasks
from app.api.edge import idempotency, rate_limits, streams, transactions
from app.api.jsonapi import querystring, whole_lists
from app.config import Settings
from app.models import custom_forms
from app.schemas.movement_batches import LARGEST_BATCH
from app.services import (
    account_tokens,
    accounts,
    admission,
    closing,
    contradictions,
    cursors,
    door_passes,
    exports,
    forgotten_exits,
    guest_search,
    idempotency_keys,
    integrity,
    inventory,
    login_attempts,
    mails,
    papers,
    repairs,
    role_invites,
)
from tests.prose import DOCUMENTS, prose

DEFAULT = Settings()

NAMED = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def hours(life: timedelta) -> int:
    return life // timedelta(hours=1)


def minutes(life: timedelta) -> int:
    return life // timedelta(minutes=1)


UNKNOWN_PLACE, KNOWN_PLACE, ALL_PLACES = (
    DEFAULT.login_tries * times for times in (1, login_attempts.KNOWN_TRIES, login_attempts.ALL_UNKNOWN_TRIES)
)

TOLD = [
    ("clients", f"lists of more than {exports.MOST_ROWS_ON_PAPER:,} rows are not made as PDF (422)"),
    ("clients", f"its link works for {NAMED[tasks.LIFE_SECONDS[tasks.DOWNLOAD] // 60]} minutes without a token"),
    ("clients", f"Passwords have {NAMED[accounts.SHORTEST_PASSWORD]} characters or more"),
    ("clients", f"are accepted by whom they are for, logged in, within {hours(role_invites.LIFE)} hours"),
    ("clients", f"comes once in {NAMED[minutes(mails.PAUSE)]} minutes"),
    ("api", f"above {exports.MOST_ROWS_ON_PAPER:,} rows 422"),
    ("api", f"works for {tasks.LIFE_SECONDS[tasks.DOWNLOAD] // 60} minutes, and without a token"),
    ("api", f"`password` of {accounts.SHORTEST_PASSWORD} characters or more"),
    ("api", f"a page for each attendee; above {papers.MOST_TICKETS} of them 422"),
    ("api", f"for {minutes(inventory.PAYING)} minutes more while it is"),
    ("api", f"true, false and null, {custom_forms.MOST_COMPLEX} at most (422)"),
    ("api", f"A SINGLE time more than {minutes(admission.AHEAD)} minutes ahead"),
    ("api", f"A time more than {minutes(admission.AHEAD)} minutes ahead of now"),
    ("api", f"within {DEFAULT.second_tap_seconds} seconds (`SECOND_TAP_SECONDS`)"),
    ("api", f"Up to {LARGEST_BATCH:,} scans."),
    ("api", f"| `double-read` | within {minutes(contradictions.NEAR)} minutes |"),
    ("api", f"a second entry within {minutes(contradictions.IN_THE_QUEUE)} minutes"),
    ("api", f"after {streams.BEAT_SECONDS} seconds of silence"),
    ("api", f"and before `until`; at most {repairs.MOST:,}, 422 above"),
    ("api", f"less than {hours(closing.LATE_END)} hours before `ends-at`"),
    ("api", f"more than {forgotten_exits.RECENT.days} days ago are left as they are"),
    ("api", f"The code works once, for {hours(door_passes.CODE_LIFE)} hours"),
    ("api", f"at most {guest_search.MOST} guests, by name"),
    ("api", f"| pass with `scan` | {NAMED[guest_search.LETTERS]} letters in a row |"),
    ("api", f"the first {NAMED[guest_search.SAID_ALOUD]} characters of the order"),
    ("api", f"`ids` the first {integrity.SHOWN} of these"),
    ("api", f"`page[size]` is {cursors.MOST:,} at most"),
    ("api", f"or was longer than {idempotency.LONGEST_KEPT // 1024} KiB"),
    ("api", f"Answers are kept for {hours(idempotency_keys.KEPT)} hours."),
    ("api", f"above {whole_lists.LONG_PAGE:,}, of more than {whole_lists.CHUNK} rows"),
    ("api", f"{NAMED[querystring.DEEPEST_INCLUDE]} relationships deep, {querystring.MOST_INCLUDED} in all"),
    ("api", f"It is good for {hours(role_invites.LIFE)} hours from then"),
    ("api", f"a verification's for {hours(account_tokens.LIVES[account_tokens.VERIFY])} hours"),
    ("api", f"has {NAMED[serving.SILENT_SECONDS]} seconds to come, before it is 408"),
    ("api", f"has logged in within {login_attempts.KNOWN_FOR.days} days"),
    ("api", f"{UNKNOWN_PLACE} in an hour from an unknown place, {ALL_PLACES} from all of them, {KNOWN_PLACE} in half"),
    ("api", f"{DEFAULT.logins_per_minute} in a minute of log-ins to accounts that do not know it"),
    ("api", f"{DEFAULT.logins_per_minute // rate_limits.SHARES[rate_limits.SIGN_UP]} of sign-ups"),
    ("api", f"of up to {NAMED[DEFAULT.replica_max_age_seconds]} seconds ago (`REPLICA_MAX_AGE_SECONDS`)"),
    ("errors", f"scanned again within {NAMED[minutes(contradictions.NEAR)]} minutes"),
    ("operations", f"by pages of more than {whole_lists.LONG_PAGE:,} rows"),
    ("operations", f"one that falls silent is let go of after {NAMED[serving.SILENT_SECONDS]} seconds"),
    ("README", f"{minutes(inventory.PAYING)} minutes more while it is being paid online"),
    ("README", f"have {serving.GRACEFUL_SECONDS} seconds to finish"),
    ("README", f"| any other client address | {UNKNOWN_PLACE} for each | an hour |"),
    ("README", f"| {KNOWN_PLACE} for each | {minutes(login_attempts.KNOWN_WINDOW)} minutes |"),
    ("README", f"once a minute, {forgotten_exits.BATCH} in a transaction"),
    ("README", f"what fails is tried {mails.MOST_ATTEMPTS} times"),
    ("README", f"every {live.POLL_SECONDS} seconds all is read again"),
    ("README", f"deadlocks are retried, {NAMED[transactions.ATTEMPTS]} tries in all"),
]


@pytest.mark.parametrize(("document", "sentence"), TOLD)
def test_what_is_said_is_what_the_code_has(document: str, sentence: str):
    [text] = [prose(path) for path in DOCUMENTS if path.stem == document]
    assert sentence in " ".join(text.split())
