"""A ticket that was posted on the net is replaced: what the doors, the papers and the devices say of it then."""

from typing import Any

from app.clock import format_instant, utcnow
from app.models import Mail, Movement
from app.services import order_mails, privacy
from tests.factories import World
from tests.http import Api, error_codes, resource
from tests.pdfs import qr_codes


def rotate(api: Api, world: World) -> Any:
    return api.send("POST", f"/v1/attendees/{world.attendee.id}/rotate-secret", world.registrar)


def scan(api: Api, world: World, secret: str, **attributes: Any) -> Any:
    facts = {"direction": "in", "secret": secret, "device": "Phone 1"} | attributes
    return api.post(f"/v1/events/{world.event.id}/movements", resource("movement", facts), world.registrar)


def reason_of(answer: Any) -> str:
    assert error_codes(answer) == ["scan-refused"]
    return answer.json["errors"][0]["meta"]["reason"]


def test_the_secret_is_for_the_team_and_the_buyer(api: Api, world: World):
    own = f"/v1/attendees/{world.attendee.id}"
    for who in (world.registrar, world.organizer, world.staff, world.buyer):
        assert api.get(own, who).json["data"]["attributes"]["secret"] == world.attendee.secret
    for who in (world.moderator, world.stranger, None):
        assert world.attendee.secret not in api.get(own, who).text
    kiosk = api.get(f"/v1/events/{world.event.id}/attendees/search", world.registrar)
    assert world.attendee.secret not in kiosk.text
    changed = api.patch(own, resource("attendee", {"secret": "mine"}, id_=world.attendee.id), world.registrar)
    assert changed.json["data"]["attributes"]["secret"] == world.attendee.secret != "mine"


def test_both_codes_let_in_until_one_is_replaced(api: Api, world: World):
    printed, first = world.attendee.code, world.attendee.secret
    assert scan(api, world, first).status_code == 201
    assert scan(api, world, printed, direction="out").status_code == 201
    rotated = rotate(api, world)
    assert rotated.status_code == 200, rotated.json
    second = rotated.json["data"]["attributes"]["secret"]
    assert second not in (first, printed)
    for code in (printed, first):
        refused = scan(api, world, code)
        assert reason_of(refused) == "revoked"
        assert refused.json["errors"][0]["source"] == {"pointer": "/data/attributes/secret"}
        assert "new ticket" in refused.json["errors"][0]["detail"]
    kept = world.session.query(Movement).filter_by(reason="revoked").all()
    assert {(row.attendee_id, row.verdict, row.told) for row in kept} == {(world.attendee.id, "refused", "refused")}
    assert len(kept) == 2
    assert scan(api, world, second).status_code == 201
    by_id = resource("movement", {"direction": "out", "device": "Phone 1"}, attendee=world.attendee)
    assert api.post(f"/v1/events/{world.event.id}/movements", by_id, world.registrar).status_code == 201


def test_an_old_code_right_after_the_new_one_is_no_second_tap(api: Api, world: World):
    printed = world.attendee.code
    second = rotate(api, world).json["data"]["attributes"]["secret"]
    assert scan(api, world, second).status_code == 201
    assert scan(api, world, second).json["meta"] == {"replayed": True}
    assert reason_of(scan(api, world, printed)) == "revoked"


def test_a_scan_that_comes_again_gets_its_first_answer(api: Api, world: World):
    printed = world.attendee.code
    name = {"client-uuid": "1"}
    first = scan(api, world, printed, **name).json["data"]["id"]
    rotate(api, world)
    again = scan(api, world, printed, **name)
    assert (again.status_code, again.json["data"]["id"]) == (200, first)
    name = {"client-uuid": "2"}
    for _ in range(2):
        assert reason_of(scan(api, world, printed, direction="out", **name)) == "revoked"
    assert world.session.query(Movement).filter_by(reason="revoked").count() == 1


def test_what_was_scanned_before_counts_though_it_is_sent_after(api: Api, world: World):
    """The phone could not know; at that time the code was good."""
    printed = world.attendee.code
    rotate(api, world)
    rotated_at = world.attendee.secret_rotated_at
    before, after = (format_instant(moment) for moment in (rotated_at.replace(microsecond=0), utcnow()))
    scans = [
        {"client-uuid": at, "secret": printed, "direction": way, "device-time": at}
        for at, way in ((before, "in"), (after, "out"))
    ]
    batch = resource("movement-batch", {"device": "Phone 1", "sent-at": format_instant(utcnow()), "scans": scans})
    for _ in range(2):
        sent = api.post(f"/v1/events/{world.event.id}/movement-batches", batch, world.registrar)
        verdicts = [(told["verdict"], told["reason"]) for told in sent.json["data"]["attributes"]["verdicts"]]
        assert verdicts == [("recorded", None), ("refused", "revoked")]


def test_the_guest_gets_it_on_paper_and_devices_are_told(api: Api, world: World):
    delta = f"/v1/events/{world.event.id}/attendees/delta"

    def code() -> str:
        rows = api.get(delta, world.registrar).json["data"]
        [shown] = [row["attributes"] for row in rows if row["id"] == str(world.attendee.id)]
        assert "code-sha256" not in shown
        return shown["code"]

    assert code() == world.order.door_code(world.attendee.id)
    secret = rotate(api, world).json["data"]["attributes"]["secret"]
    assert code() == secret
    paper = api.get(f"/v1/orders/attendees/{world.attendee.id}.pdf", world.buyer)
    assert qr_codes(paper.data) == [secret]
    order_mails.send_receipts(world.order)
    texts = [mail.text for mail in world.session.query(Mail)]
    assert [secret in text for text in texts] == [True, False]
    assert world.order.door_code(world.attendee.id) not in "".join(texts)


def test_buyers_replace_nothing(api: Api, world: World):
    url = f"/v1/attendees/{world.attendee.id}/rotate-secret"
    before = world.attendee.secret
    for who, status in ((world.buyer, 403), (world.stranger, 403), (world.moderator, 403), (None, 401)):
        assert api.send("POST", url, who).status_code == status
    assert world.attendee.secret == before


def test_an_erased_guest_keeps_the_new_ticket_and_not_the_old(api: Api, world: World):
    """Who goes on holding a ticket that was replaced gets in no more than before."""
    printed = world.attendee.code
    second = rotate(api, world).json["data"]["attributes"]["secret"]
    privacy.erase_attendee(world.attendee)
    world.session.expire_all()
    assert world.attendee.lastname is None
    assert reason_of(scan(api, world, printed)) == "revoked"
    assert scan(api, world, second).status_code == 201
