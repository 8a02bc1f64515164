"""Fields of forms, and whether an order's attendees have answered them."""

from typing import Any

import pytest
from sqlalchemy import select

from app.errors import Conflict, Invalid
from app.models import CustomForm, Order
from app.models.attendees import NAMELESS
from app.models.custom_forms import ATTENDEE, FILE_TYPES, FIXED, FORMS, KNOWN, MOST_COMPLEX, SESSION, SPEAKER
from app.models.orders import INITIALIZING
from app.schemas import AttendeeSchema
from app.services import custom_forms
from tests.factories import World, make_field, make_order, make_ticket


def create(world: World, identifier: str, **facts: Any) -> CustomForm:
    place = {"event_id": world.event.id, "form": ATTENDEE}
    return custom_forms.create(place | {"field_identifier": identifier} | facts)


def require(world: World, identifier: str, **facts: Any) -> CustomForm:
    return create(world, identifier, is_required=True, is_included=True, **facts)


def order_of(world: World, seats: int = 1, **guest: Any) -> Order:
    order = make_order(world.session, world.free, seats=seats, status=INITIALIZING, user_id=world.buyer.id)
    for attendee in order.attendees:
        for name, value in guest.items():
            setattr(attendee, name, value)
    world.session.flush()
    return order


def fixed(world: World) -> dict[str, CustomForm]:
    custom_forms.create_fixed(world.event.id)
    found = world.session.scalars(select(CustomForm).where(CustomForm.is_fixed).order_by(CustomForm.id))
    return {field.field_identifier: field for field in found}


def test_the_fixed_fields(world: World):
    found = fixed(world)
    assert tuple(found) == FIXED
    shown = [(field.name, field.type, field.form, field.form_id) for field in found.values()]
    assert shown == [
        ("First Name", "text", ATTENDEE, None),
        ("Last Name", "text", ATTENDEE, None),
        ("Email", "email", ATTENDEE, None),
    ]
    assert all(field.is_required and field.is_included and not field.is_complex for field in found.values())


@pytest.mark.parametrize(
    ("form", "identifier", "name"),
    [(ATTENDEE, "jobTitle", "Job Title"), (ATTENDEE, "job_title", "Job Title"), (ATTENDEE, "tax-business-info",
     "Tax Business Info"), (SESSION, "shortAbstract", "Short Abstract"), (SPEAKER, "photoUrl", "Photo")],
)  # fmt: skip
def test_a_known_field_has_its_usual_name(world: World, form: str, identifier: str, name: str):
    field = create(world, identifier, form=form, name="Something else")
    assert (field.name, field.is_complex, field.is_fixed, field.field_identifier) == (name, False, False, identifier)
    changed = {"name": "Another", "is_required": True}
    custom_forms.update(field, changed)
    assert changed == {"is_required": True}


def test_every_known_field_of_attendees_is_an_attribute_of_theirs():
    assert KNOWN[ATTENDEE].keys() <= AttendeeSchema._declared_fields.keys()
    assert KNOWN.keys() == set(FORMS)


@pytest.mark.parametrize("name", [None, "", "  "])
def test_a_field_of_ones_own_needs_a_name(world: World, name: str | None):
    with pytest.raises(Invalid) as refused:
        create(world, "shirt", name=name)
    assert refused.value.pointer == "/data/attributes/name"
    field = create(world, "shirt", name="Shirt")
    assert (field.name, field.is_complex) == ("Shirt", True)
    with pytest.raises(Invalid, match="say what it is called"):
        custom_forms.update(field, {"name": name})
    custom_forms.update(field, {"name": "T-shirt"})


@pytest.mark.parametrize("form_id", [None, "vip"])
def test_a_field_is_there_once_in_a_form(world: World, form_id: str | None):
    create(world, "jobTitle", form_id=form_id)
    with pytest.raises(Conflict) as refused:
        create(world, "jobTitle", form_id=form_id)
    assert refused.value.pointer == "/data/attributes/field-identifier"
    create(world, "jobTitle", form_id="press")
    create(world, "jobTitle", form_id=form_id, form=SPEAKER, name="Job")


def test_a_form_has_so_many_fields_of_ones_own(world: World):
    for _ in range(MOST_COMPLEX):
        make_field(world.session, world.event)
    with pytest.raises(Invalid, match=f"{MOST_COMPLEX} fields of your own"):
        create(world, "shirt", name="Shirt")
    create(world, "shirt", name="Shirt", form_id="vip")
    create(world, "jobTitle")


def test_what_is_fixed_stays(world: World):
    for field in fixed(world).values():
        with pytest.raises(Conflict, match="cannot be deleted"):
            custom_forms.delete(field)
        with pytest.raises(Conflict, match="is called so"):
            custom_forms.update(field, {"name": "Nick"})
        with pytest.raises(Conflict, match="need not be required"):
            custom_forms.update(field, {"is_included": False})
        same = {"name": field.name, "is_included": True, "is_required": False}
        custom_forms.update(field, same)
        assert same == {"is_included": True, "is_required": False}


def test_a_fixed_field_that_an_event_lacks_is_fixed_when_it_is_made(world: World):
    field = create(world, "email", is_included=False)
    assert (field.is_fixed, field.is_included) == (True, True)
    assert not create(world, "email", form_id="vip").is_fixed
    assert not create(world, "email", form=SPEAKER).is_fixed


def test_a_field_is_deleted(world: World):
    field = create(world, "jobTitle")
    custom_forms.delete(field)
    create(world, "jobTitle")


# --- answers ------------------------------------------------------------------------------------------------------


def test_answers_that_are_asked_for_are_kept_under_the_fields_identifier(world: World):
    answers = {"tShirt": "L", "age": 7, "gone": True}
    assert custom_forms.known_answers(world.free, answers) == answers  # nothing is asked for: nothing is unknown
    make_field(world.session, world.event, field_identifier="t_shirt")
    make_field(world.session, world.event, field_identifier="age", form_id="vip")
    make_field(world.session, world.event, field_identifier="gone", form=SPEAKER)
    assert custom_forms.known_answers(world.free, answers) == {"t_shirt": "L"}
    vip = make_ticket(world.session, world.event, form_id="vip")
    assert custom_forms.known_answers(vip, answers) == {"age": 7}


@pytest.mark.parametrize("kind", FILE_TYPES)
def test_files_are_no_answers(world: World, kind: str):
    make_field(world.session, world.event, field_identifier="photo", type=kind)
    with pytest.raises(Invalid, match=f"Invalid Field Type: {kind}"):
        custom_forms.known_answers(world.free, {"photo": "x.png"})


def test_who_has_answered_everything_passes(world: World):
    fixed(world)
    require(world, "jobTitle")
    require(world, "shirt", name="Shirt")
    custom_forms.require_answers(order_of(world, 2, job_title="Poet", complex_field_values={"shirt": "L"}))


@pytest.mark.parametrize(("lastname", "missing"), [("Lovelace", False), (None, True), (" ", True)])
def test_the_name_that_the_form_is_filled_with_counts_beside_a_last_name(
    world: World, lastname: str | None, missing: bool
):
    """The web app shows it in the field, and many leave it there."""
    require(world, "firstname")
    order = order_of(world, firstname=NAMELESS, lastname=lastname)
    if not missing:
        custom_forms.require_answers(order)
        return
    with pytest.raises(Invalid, match="First Name"):
        custom_forms.require_answers(order)


def test_what_is_missing_is_named(world: World):
    fixed(world)
    require(world, "jobTitle")
    require(world, "shirt", name="Shirt")
    order = order_of(world, 2, job_title="Poet", complex_field_values={"shirt": 0})
    first, second = order.attendees
    first.firstname, first.lastname, first.email = NAMELESS, None, None
    second.complex_field_values = {"shirt": " "}
    world.session.flush()
    with pytest.raises(Invalid) as refused:
        custom_forms.require_answers(order)
    told = "Missing required fields ['First Name', 'Last Name', 'Email', 'Shirt']. "
    assert refused.value.detail.startswith(told)
    assert refused.value.pointer == "/data/attributes"
    assert refused.value.meta == {
        "attendees": [
            {"id": str(first.id), "fields": ["firstname", "lastname", "email"]},
            {"id": str(second.id), "fields": ["shirt"]},
        ]
    }


@pytest.mark.parametrize(
    "facts", [{"is_required": False}, {"is_included": False}, {"form_id": "vip"}, {"form": SPEAKER}]
)
def test_what_is_not_asked_is_not_missing(world: World, facts: dict[str, Any]):
    place = {"form": ATTENDEE, "field_identifier": "city", "name": "City", "is_required": True, "is_included": True}
    make_field(world.session, world.event, **place | facts)
    custom_forms.require_answers(order_of(world))


def test_a_ticket_chooses_the_form(world: World):
    require(world, "city", form_id="vip")
    require(world, "phone")
    world.free.form_id = ""  # what the web app writes for none
    with pytest.raises(Invalid, match="'Phone'"):
        custom_forms.require_answers(order_of(world, city="Rome"))
    world.free.form_id = "vip"
    custom_forms.require_answers(order_of(world, city="Rome"))
    with pytest.raises(Invalid, match="'City'"):
        custom_forms.require_answers(order_of(world, phone="1"))


def test_it_costs_as_many_statements_for_20_guests_as_for_1(world: World, count_queries: Any):
    fixed(world)
    sent = []
    for seats in (1, 20):
        order = order_of(world, seats)
        world.session.expire_all()
        world.session.refresh(order)
        with count_queries() as statements:
            custom_forms.require_answers(order)
        sent.append(len(statements))
    assert sent == [2, 2]
