"""Routes of the door: movements and what puts them right, door passes, and the kiosk's stations."""

from app.api.amendments import AmendmentDetail, AmendmentList, AmendmentRelationship, MovementCorrection, MovementUndo
from app.api.check_in_conflicts import (
    AttendeeCheckInConflictList,
    CheckInConflictDetail,
    CheckInConflictList,
    CheckInConflictRelationship,
)
from app.api.door_passes import (
    DoorPassDetail,
    DoorPassList,
    DoorPassListPost,
    DoorPassRelationship,
    OwnDoorPass,
    RelatedDoorPass,
)
from app.api.movements import AttendeeMovementList, MovementDetail, MovementList, MovementRelationship, RelatedMovement
from app.api.nouns import under_event, under_order
from app.api.repairs import RelatedRepair, RepairDetail, RepairList, RepairRelationship, RepairUndo
from app.api.station_store_paxs import (
    StationSessionStorePaxList,
    StationStorePaxDetail,
    StationStorePaxList,
    StationStorePaxListPost,
    StationStorePaxRelationship,
)
from app.api.stations import RelatedStation, StationDetail, StationList, StationListPost, StationRelationship
from app.api.user_check_ins import UserCheckInDetail, UserCheckInList, UserCheckInListPost, UserCheckInRelationship

ROUTES = (
    (MovementList, "movement_list", *under_event("movements")),
    (AttendeeMovementList, "attendee_movement_list", "/attendees/<id:attendee_id>/movements"),
    (MovementDetail, "movement_detail", "/movements/<id:id>"),
    (
        RelatedMovement,
        "related_movement",
        "/check-in-conflicts/<id:check_in_conflict_id>/first",
        "/check-in-conflicts/<id:check_in_conflict_id>/second",
        "/amendments/<id:amendment_id>/movement",
        "/amendments/<id:amendment_id>/replacement",
    ),
    (MovementRelationship, "movement_relationship", "/movements/<id:id>/relationships/<relationship>"),
    (CheckInConflictList, "check_in_conflict_list", *under_event("check-in-conflicts")),
    (
        AttendeeCheckInConflictList,
        "attendee_check_in_conflict_list",
        "/attendees/<id:attendee_id>/check-in-conflicts",
    ),
    (CheckInConflictDetail, "check_in_conflict_detail", "/check-in-conflicts/<id:id>"),
    (
        CheckInConflictRelationship,
        "check_in_conflict_relationship",
        "/check-in-conflicts/<id:id>/relationships/<relationship>",
    ),
    (MovementUndo, "movement_undo", "/movements/<id:movement_id>/undo"),
    (MovementCorrection, "movement_correction", "/movements/<id:movement_id>/correct"),
    (
        AmendmentList,
        "amendment_list",
        *under_event("amendments"),
        "/movements/<id:movement_id>/amendments",
        "/repairs/<id:repair_id>/amendments",
    ),
    (AmendmentDetail, "amendment_detail", "/amendments/<id:id>"),
    (AmendmentRelationship, "amendment_relationship", "/amendments/<id:id>/relationships/<relationship>"),
    (RelatedRepair, "related_repair", "/amendments/<id:amendment_id>/repair"),
    (RepairList, "repair_list", *under_event("repairs")),
    (RepairDetail, "repair_detail", "/repairs/<id:id>"),
    (RepairUndo, "repair_undo", "/repairs/<id:repair_id>/undo"),
    (RepairRelationship, "repair_relationship", "/repairs/<id:id>/relationships/<relationship>"),
    (DoorPassList, "door_pass_list", *under_event("door-passes")),
    (DoorPassListPost, "door_pass_list_post", "/door-passes"),
    (DoorPassDetail, "door_pass_detail", "/door-passes/<id:id>"),
    (OwnDoorPass, "own_door_pass", "/door-passes/me"),
    (
        RelatedDoorPass,
        "related_door_pass",
        "/movements/<id:movement_id>/door-pass",
        "/amendments/<id:amendment_id>/door-pass",
        *under_order("sold-by-pass"),
    ),
    (DoorPassRelationship, "door_pass_relationship", "/door-passes/<id:id>/relationships/<relationship>"),
    (StationList, "station_list", *under_event("stations"), "/microlocations/<id:microlocation_id>/stations"),
    (StationListPost, "station_list_post", "/station"),
    (StationDetail, "station_detail", "/stations/<id:id>"),
    (
        RelatedStation,
        "related_station",
        "/user-check-in/<id:user_check_in_id>/station",
        "/station-store-paxs/<id:station_store_pax_id>/station",
    ),
    (StationRelationship, "station_relationship", "/stations/<id:id>/relationships/<relationship>"),
    (
        UserCheckInList,
        "user_check_in_list",
        *under_event("user-check-in"),
        "/microlocations/<id:microlocation_id>/user-check-in",
    ),
    (UserCheckInListPost, "user_check_in_list_post", "/user-check-in"),
    (UserCheckInDetail, "user_check_in_detail", "/user-check-in/<id:id>"),
    (UserCheckInRelationship, "user_check_in_relationship", "/user-check-in/<id:id>/relationships/<relationship>"),
    (
        StationStorePaxList,
        "station_store_pax_list",
        "/sessions/<id:session_id>/station-store-paxs",
        "/stations/<id:station_id>/station-store-paxs",
    ),
    (
        StationSessionStorePaxList,
        "station_session_store_pax_list",
        "/stations/<id:station_id>/sessions/<id:session_id>/station-store-paxs",
    ),
    (StationStorePaxListPost, "station_store_pax_list_post", "/station-store-paxs"),
    (StationStorePaxDetail, "station_store_pax_detail", "/station-store-paxs/<id:id>"),
    (
        StationStorePaxRelationship,
        "station_store_pax_relationship",
        "/station-store-paxs/<id:id>/relationships/<relationship>",
    ),
)
