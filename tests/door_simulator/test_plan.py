"""What is planned is what was asked for, and the same again for the same seed."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.door_simulator import plan
from app.door_simulator.plan import IN, NEW, OFFERS, ROOMS, SAME, UNKNOWN, Options, Plan, Scan

OPTIONS = st.builds(
    Options,
    guests=st.integers(1, 80),
    gates=st.integers(1, 7),
    sellers=st.integers(1, 5),
    offline=st.floats(0, 1),
    skew=st.floats(0, 3600),
    double_tap=st.floats(0, 1),
    seed=st.integers(),
)


def all_scans(planned: Plan) -> list[Scan]:
    return [scan for scans in planned.scans for scan in scans]


def by_guest(planned: Plan) -> dict[int, list[Scan]]:
    """Each guest's scans in order of turn."""
    found: dict[int, list[Scan]] = defaultdict(list)
    for scan in all_scans(planned):
        if scan.guest is not None:
            found[scan.guest].append(scan)
    return {guest: sorted(scans, key=lambda scan: scan.turn) for guest, scans in found.items()}


@settings(max_examples=25)
@given(OPTIONS)
def test_every_guest_is_sold_one_ticket(options: Options):
    planned = plan.make(options)
    assert len(planned.sales) == options.sellers
    sales = [sale for own in planned.sales for sale in own]
    assert sorted(guest for sale in sales for guest in sale.guests) == list(range(options.guests))
    assert sorted(sale.number for sale in sales) == list(range(len(sales)))
    for sale in sales:
        assert 1 <= len(sale.guests) == len(sale.tickets) <= plan.LARGEST_ORDER
        assert sale.cents == sum(OFFERS[kind].cents for kind in sale.tickets)
    assert planned.number == len(sales) + len(all_scans(planned))


@settings(max_examples=25)
@given(OPTIONS)
def test_every_guest_comes_in_first_and_his_scans_follow_each_other(options: Options):
    planned = plan.make(options)
    journeys = by_guest(planned)
    assert sorted(journeys) == list(range(options.guests))
    for scans in journeys.values():
        assert (scans[0].direction, scans[0].room) == (IN, None)
        assert [scan.turn for scan in scans] == list(range(len(scans)))
    unknown = [scan for scan in all_scans(planned) if scan.guest is None]
    assert len(unknown) == round(UNKNOWN * options.guests)


@settings(max_examples=25)
@given(OPTIONS)
def test_nobody_waits_in_a_circle(options: Options):
    """Gates and guests work through one and the same order, so that who is first in it never waits."""
    planned = plan.make(options)
    assert sorted(scan.number for scan in all_scans(planned)) == list(range(len(all_scans(planned))))
    for scans in [*planned.scans, *by_guest(planned).values()]:
        numbers = [scan.number for scan in scans]
        assert numbers == sorted(numbers)


@settings(max_examples=25)
@given(OPTIONS)
def test_shares_are_what_was_asked_for(options: Options):
    planned = plan.make(options)
    for gate, scans in enumerate(planned.scans):
        assert {scan.gate for scan in scans} <= {gate}
        assert sum(scan.is_offline for scan in scans) == round(options.offline * len(scans))
    live = [scan for scan in all_scans(planned) if not scan.is_offline]
    taps = Counter(scan.second_tap for scan in live if scan.second_tap is not None)
    assert taps.total() == round(options.double_tap * len(live))
    assert 0 <= taps[SAME] - taps[NEW] <= 1
    assert not any(scan.second_tap for scan in all_scans(planned) if scan.is_offline)


@settings(max_examples=25)
@given(OPTIONS)
def test_a_phone_holds_no_more_than_one_batch_takes(options: Options):
    for scans in plan.make(options).scans:
        held = 0
        for scan in scans:
            held += scan.is_offline
            assert held <= 1000
            held = 0 if scan.delivers else held


@settings(max_examples=25)
@given(OPTIONS)
def test_clocks_are_as_wrong_as_they_may_be_and_rooms_asked_when_they_must_be(options: Options):
    planned = plan.make(options)
    assert len(planned.clocks) == options.gates
    assert all(abs(clock) <= options.skew for clock in planned.clocks)
    assert planned.unseen <= set(range(options.guests))
    for scans in by_guest(planned).values():
        room = None
        for scan in scans:
            if scan.room is not None and scan.direction == IN:
                assert scan.room != room, "who moves on goes to another room"
                assert not (scan.is_offline and ROOMS[scan.room].is_hard)
                room = scan.room
            elif scan.room is not None:
                assert scan.room == room, "who leaves a room was seen going there"


@settings(max_examples=25)
@given(OPTIONS)
def test_the_same_seed_is_the_same_plan(options: Options):
    assert plan.make(options) == plan.make(options)


def test_another_seed_is_another_plan():
    assert plan.make(Options(guests=50, seed=1)) != plan.make(Options(guests=50, seed=2))


@pytest.mark.parametrize(("guests", "capacities"), [(1, [1, 1, None]), (20_000, [1000, 400, None])])
def test_rooms_hold_a_part_of_the_crowd(guests: int, capacities: list[int | None]):
    assert [room.capacity(guests) for room in ROOMS] == capacities
