"""Who gets which answer: what each of `ACTORS` is told, row by row of the table of rights."""

from dataclasses import dataclass

ACTORS = (
    "anonymous", "stranger", "buyer", "registrar", "track_organizer", "moderator", "coorganizer", "organizer", "owner",
    "staff",
)  # fmt: skip

ELSEWHERE = "elsewhere"
"""Has every role at another event and has bought there, which gives him nothing here: he is a stranger."""


@dataclass(frozen=True)
class Answers:
    """What each of `ACTORS` gets, in their order; ``ok`` stands for the row's own success.

    ``published`` and ``draft`` are events at which the actors have their roles; rows that say nothing for ``draft``
    have nothing to do with an event.
    """

    published: str
    draft: str | None = None

    def of(self, actor: str, state: str) -> str:
        """The answer at an event in this state."""
        column = self.draft if state == "draft" else self.published
        assert column is not None
        return dict(zip(ACTORS, column.split(), strict=True))["stranger" if actor == ELSEWHERE else actor]


#                       ano str buy reg trk mod coo org own sta
ANYBODY = Answers("     ok  ok  ok  ok  ok  ok  ok  ok  ok  ok ")
ACCOUNTS = Answers("    401 ok  ok  ok  ok  ok  ok  ok  ok  ok ")
VERIFIED = Answers("    401 ok  403 ok  ok  ok  ok  ok  ok  ok ")
THE_STRANGER = Answers("401 ok  403 403 403 403 403 403 403 ok ")
INVITED = Answers("     401 ok  403 403 403 403 403 403 403 403")
THE_OWNER = Answers("   401 404 404 404 404 404 404 404 ok  404")
STAFF = Answers("       401 403 403 403 403 403 403 403 403 ok ")
NOBODY = Answers("      401 401 401 401 401 401 401 401 401 401")
WITHOUT_A_PASS = Answers(" 401 404 404 404 404 404 404 404 404 404")
WHOSE_IT_IS = Answers(" 401 ok  401 401 401 401 401 401 401 401")

#   published           ano str buy reg trk mod coo org own sta
#   draft               ano str buy reg trk mod coo org own sta
PUBLIC = Answers(
    "                   ok  ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   404 404 404 ok  ok  ok  ok  ok  ok  ok ",
)
OF_EVENT = Answers(  # nobody's names for who is nobody
    "                   401 ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   401 404 404 ok  ok  ok  ok  ok  ok  ok ",
)
TEAM = Answers(
    "                   404 404 404 ok  ok  ok  ok  ok  ok  ok ",
    "                   404 404 404 ok  ok  ok  ok  ok  ok  ok ",
)
ORGANIZERS = Answers(
    "                   401 403 403 403 403 403 ok  ok  ok  ok ",
    "                   401 404 404 403 403 403 ok  ok  ok  ok ",
)
HEADS = Answers(
    "                   401 403 403 403 403 403 403 ok  ok  ok ",
    "                   401 404 404 403 403 403 403 ok  ok  ok ",
)
OWNERS = Answers(
    "                   401 403 403 403 403 403 403 403 ok  ok ",
    "                   401 404 404 403 403 403 403 403 ok  ok ",
)
STAFF_AT_EVENT = Answers(
    "                   401 403 403 403 403 403 403 403 403 ok ",
    "                   401 404 404 403 403 403 403 403 403 ok ",
)
PROGRAMME = Answers(
    "                   401 403 403 403 ok  403 ok  ok  ok  ok ",
    "                   401 404 404 403 ok  403 ok  ok  ok  ok ",
)
HIDDEN_PROGRAMME = Answers(
    "                   401 404 404 403 ok  403 ok  ok  ok  ok ",
    "                   401 404 404 403 ok  403 ok  ok  ok  ok ",
)
DOOR = Answers(
    "                   401 403 403 ok  403 403 ok  ok  ok  ok ",
    "                   401 404 404 ok  403 403 ok  ok  ok  ok ",
)
SCAN = Answers(  # the buyer knows of his attendee, whatever becomes of the event
    "                   401 403 403 ok  403 403 ok  ok  ok  ok ",
    "                   401 404 403 ok  403 403 ok  ok  ok  ok ",
)
DOOR_AND_BUYER = Answers(
    "                   401 403 ok  ok  403 403 ok  ok  ok  ok ",
    "                   401 404 ok  ok  403 403 ok  ok  ok  ok ",
)
BOUGHT_TICKET = Answers(
    "                   ok  ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   404 404 ok  ok  404 404 ok  ok  ok  ok ",
)
GUESTS_OF_TICKET = Answers(  # who has bought one sees his own guests
    "                   401 403 ok  ok  403 403 ok  ok  ok  ok ",
    "                   401 404 ok  ok  404 404 ok  ok  ok  ok ",
)
HIDDEN_TICKET = Answers(
    "                   404 404 404 ok  404 404 ok  ok  ok  ok ",
    "                   404 404 404 ok  404 404 ok  ok  ok  ok ",
)
CHANGE_TICKET = Answers(
    "                   401 403 403 403 403 403 ok  ok  ok  ok ",
    "                   401 404 404 403 404 404 ok  ok  ok  ok ",
)
NUMBERS_OF_TICKET = Answers(  # the buyer knows of his ticket, whatever becomes of the event
    "                   401 403 403 403 403 403 ok  ok  ok  ok ",
    "                   401 404 403 403 404 404 ok  ok  ok  ok ",
)
FIELDS_OF_TICKET = Answers(
    "                   401 403 403 ok  403 403 ok  ok  ok  ok ",
    "                   401 404 403 ok  404 404 ok  ok  ok  ok ",
)
CHANGE_HIDDEN_TICKET = Answers(
    "                   401 404 404 403 404 404 ok  ok  ok  ok ",
    "                   401 404 404 403 404 404 ok  ok  ok  ok ",
)
TAKE_A_SEAT = Answers(  # of a draft nothing is on sale, but the door sells all the same
    "                   401 ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   401 404 404 ok  422 422 ok  ok  ok  ok ",
)
BUY_ONLINE = Answers(  # of a draft nobody does, not even who sees its tickets
    "                   401 ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   401 404 404 422 404 404 422 422 422 422",
)
CHANGE_ORDER = Answers(
    "                   401 403 ok  403 403 403 ok  ok  ok  ok ",
    "                   401 404 ok  403 403 403 ok  ok  ok  ok ",
)
RUN_ORDER = Answers(  # a buyer never says that it is paid
    "                   401 403 403 403 403 403 ok  ok  ok  ok ",
    "                   401 404 403 403 403 403 ok  ok  ok  ok ",
)
ORDER_SEATS = Answers(
    "                   401 ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   401 404 404 ok  ok  ok  ok  ok  ok  ok ",
)
MAKERS = Answers(  # who made something, as far as the caller may know him
    "                   401 ok  ok  ok  ok  ok  ok  ok  ok  ok ",
    "                   401 404 404 ok  ok  ok  ok  ok  ok  ok ",
)
RATE = MAKERS
CHANGE_FEEDBACK = Answers(  # it is the moderator's
    "                   401 403 403 403 403 ok  403 403 403 403",
    "                   401 404 404 403 403 ok  403 403 403 403",
)
REMOVE_FEEDBACK = Answers(
    "                   401 403 403 403 403 ok  ok  ok  ok  ok ",
    "                   401 404 404 403 403 ok  ok  ok  ok  ok ",
)
