"""The declared operations: what each sends, what it refuses and where it says so."""

from collections.abc import Callable

import orjson
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from tests.operations.conftest import Field
from tests.operations.forms import AT, FORMS, PEM
from wcc.operations import catalog

HTMX = {"HX-Request": "true"}
Client = Callable[[str], FlaskClient]
SESSION_PROFILE = {"chargingProfilePurpose": "TxProfile", "connector": "1"}


def address(name: str) -> str:
    return f"/operations/{name.replace('_', '-')}"


def payloads(engine: Engine) -> list[object]:
    with engine.connect() as conn:
        return [orjson.loads(row) for row in conn.execute(text("SELECT payload FROM operation ORDER BY id")).scalars()]


def test_every_declared_operation_has_its_form() -> None:
    assert set(FORMS) == {kind.NAME for kind in catalog.KINDS} - {kind.NAME for kind in catalog.FIRST}


def test_the_operations_are_those_of_ocpp() -> None:
    assert len(catalog.KINDS) == len({kind.ACTION for kind in catalog.KINDS}) == 26
    assert sorted(kind.ACTION for _heading, _icon, kinds in catalog.by_profile() for kind in kinds) == sorted(catalog.BY_ACTION)


def test_each_operation_sends_what_its_form_says(client_for: Client, stations: Field, engine: Engine) -> None:
    tag = str(stations.tag("VT-1"))
    alice = client_for("alice")
    for name, (form, _payload) in FORMS.items():
        data = {**form, "cp": "ALICE-1"} | ({"tag": tag} if "tag" in form else {})
        answer = alice.post(address(name), data=data, headers=HTMX)
        assert answer.status_code == 202, (name, answer.text)
    assert payloads(engine) == [payload for _form, payload in FORMS.values()]


BAD = [
    ("unlock_connector", {"connector": "0"}, "connector"),
    ("unlock_connector", {"connector": "x"}, "connector"),
    ("get_configuration", {"keys": "k" * 51}, "keys"),
    ("change_configuration", {"key": ""}, "key"),
    ("change_configuration", {"key": "k" * 51}, "key"),
    ("change_configuration", {"value": "v" * 501}, "value"),
    ("change_configuration", {"key": "AuthorizationKey", "value": "secret"}, "value"),
    ("change_configuration", {"key": "authorizationkey", "value": "ab" * 15}, "value"),
    ("change_configuration", {"key": "AuthorizationKey", "value": "ab" * 21}, "value"),
    ("trigger_message", {"requestedMessage": "StartTransaction"}, "requestedMessage"),
    ("trigger_message", {"connector": "0"}, "connector"),
    ("data_transfer", {"vendorId": "v" * 256}, "vendorId"),
    ("data_transfer", {"data": "a\0b"}, "data"),
    ("reserve_now", {"connector": "-1"}, "connector"),
    ("reserve_now", {"expiryDate": "tomorrow"}, "expiryDate"),
    ("reserve_now", {"expiryDate": "0001-01-01T00:00"}, "expiryDate"),
    ("reserve_now", {"tag": "999"}, "tag"),
    ("reserve_now", {"parentIdTag": "p" * 21}, "parentIdTag"),
    ("reserve_now", {"reservationId": "2147483648"}, "reservationId"),
    ("cancel_reservation", {"reservationId": ""}, "reservationId"),
    ("send_local_list", {"listVersion": "0"}, "listVersion"),
    ("send_local_list", {"tags": "t" * 21}, "tags"),
    ("send_local_list", {"tags": "A\na"}, "tags"),
    ("send_local_list", {"tags": "A;Sometimes"}, "tags"),
    ("send_local_list", {"tags": "A;Blocked;B;C"}, "tags"),
    ("send_local_list", {"updateType": "Full", "tags": "A;delete"}, "tags"),
    ("set_charging_profile", {"chargingProfilePurpose": "ChargePointMaxProfile", "connector": "1"}, "connector"),
    ("set_charging_profile", {"chargingProfilePurpose": "TxProfile", "connector": "0"}, "connector"),
    ("set_charging_profile", SESSION_PROFILE, "session"),
    ("set_charging_profile", {"chargingProfileKind": "Recurring"}, "recurrencyKind"),
    ("set_charging_profile", {"recurrencyKind": "Daily"}, "recurrencyKind"),
    ("set_charging_profile", {"chargingProfileKind": "Relative"}, "startSchedule"),
    ("set_charging_profile", {"validTo": AT}, "validTo"),
    ("set_charging_profile", {"periods": "60 16"}, "periods"),
    ("set_charging_profile", {"periods": "0 16\n0 10"}, "periods"),
    ("set_charging_profile", {"periods": "0 16.55"}, "periods"),
    ("set_charging_profile", {"periods": "0 16 4"}, "periods"),
    ("set_charging_profile", {"periods": "0"}, "periods"),
    ("set_charging_profile", {"periods": ""}, "periods"),
    ("set_charging_profile", {"minChargingRate": "-1"}, "minChargingRate"),
    ("get_composite_schedule", {"duration": "0"}, "duration"),
    ("update_firmware", {"location": "javascript:alert(1)"}, "location"),
    ("update_firmware", {"location": "https://exa mple.org/x"}, "location"),
    ("get_diagnostics", {"startTime": "x"}, "startTime"),
    ("get_log", {"remoteLocation": "files"}, "remoteLocation"),
    ("certificate_signed", {"certificateChain": "MIIB"}, "certificateChain"),
    ("install_certificate", {"certificate": PEM.replace("MIIB", "M" * 5500)}, "certificate"),
    ("install_certificate", {"certificateType": "Other"}, "certificateType"),
    ("delete_certificate", {"issuerNameHash": "xyz"}, "issuerNameHash"),
    ("signed_update_firmware", {"signature": "???"}, "signature"),
]


def test_what_cannot_be_sent_is_told_beside_its_field_and_nothing_is_lost(client_for: Client, stations: Field, engine: Engine) -> None:
    tag = str(stations.tag("VT-1"))
    alice = client_for("alice")
    for name, wrong, field in BAD:
        good = {**FORMS[name][0], "cp": "ALICE-1"} | ({"tag": tag} if "tag" in FORMS[name][0] else {})
        answer = alice.post(address(name), data=good | wrong, headers=HTMX)
        assert answer.status_code == 422, (name, wrong)
        assert f'id="{field}-note"' in answer.text and "invalid-feedback" in answer.text, (name, wrong)
        kept = wrong.get(field, "")
        assert not kept or field in ("requestedMessage", "tag", "certificateType") or "\0" in kept or kept.split("\n")[0] in answer.text
    assert payloads(engine) == []


def test_edge_values_are_sent(client_for: Client, stations: Field, engine: Engine) -> None:
    session = stations.session("ALICE-1", connector=1)
    tag = str(stations.tag("VT-2", parent="GROUP-2"))
    alice = client_for("alice")
    profile = FORMS["set_charging_profile"][0]
    relative = {"chargingProfileKind": "Relative", "startSchedule": "", "validFrom": "", "validTo": "", "periods": "0 0,3"}
    for name, form in (
        ("get_configuration", {"keys": ""}),
        ("change_configuration", {"key": "StopTxnSampledData", "value": ""}),
        ("change_configuration", {"key": "authorizationkey", "value": "0a" * 20, "confirm": "yes"}),
        ("send_local_list", {"updateType": "Full", "listVersion": "2147483647", "tags": ""}),
        ("set_charging_profile", {**profile, **SESSION_PROFILE, **relative}),
        ("reserve_now", {**FORMS["reserve_now"][0], "tag": tag, "parentIdTag": ""}),
        ("remote_start", {"connector": "1", "tag": tag, "limit": "10.5"}),
    ):
        answer = alice.post(address(name), data={"cp": "ALICE-1", **form}, headers=HTMX)
        assert answer.status_code == 202, (name, answer.text)
    every, empty, secret, emptied, limited, reserved, started = payloads(engine)
    assert (every, empty) == ({}, {"key": "StopTxnSampledData", "value": ""})
    assert secret == {"key": "authorizationkey", "value": "0a" * 20}
    assert emptied == {"listVersion": 2147483647, "updateType": "Full"}
    assert isinstance(limited, dict) and isinstance(reserved, dict) and isinstance(started, dict)
    assert limited["csChargingProfiles"]["transactionId"] == session  # the one that runs there: case 057
    assert limited["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 0.3}]
    assert "startSchedule" not in limited["csChargingProfiles"]["chargingSchedule"]
    assert reserved["parentIdTag"] == "GROUP-2"  # the tag's own group: case 053
    assert started["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
    assert "transactionId" not in started["chargingProfile"]  # case 059


def test_a_new_password_is_ticked_first_and_shown_to_nobody_afterwards(client_for: Client, stations: Field, engine: Engine) -> None:
    alice = client_for("alice")
    form = {"cp": "ALICE-1", "key": "AuthorizationKey", "value": "0123456789abcdef" * 2}
    answer = alice.post("/operations/change-configuration", data=form, headers=HTMX)
    assert answer.status_code == 422 and "The portal does not take it over" in answer.text
    assert alice.post("/operations/change-configuration", data={**form, "confirm": "yes"}, headers=HTMX).status_code == 202
    page = alice.get("/operations/1").text
    assert "AuthorizationKey" in page and "0123456789abcdef" not in page


def test_who_may_not_operate_a_station_sends_none_of_these(client_for: Client, stations: Field, engine: Engine) -> None:
    for person, status in (("charlie", 404), ("bob", 404)):
        client = client_for(person)
        for name, (form, _payload) in FORMS.items():
            assert client.post(address(name), data={**form, "cp": "ALICE-1"}, headers=HTMX).status_code == status, (person, name)
    assert payloads(engine) == []


def test_all_operations_are_listed_with_what_they_do(client_for: Client, stations: Field) -> None:
    alice = client_for("alice")
    for page in (alice.get("/operations/more?cp=ALICE-1").text, alice.get("/charge-points/ALICE-1/operations").text):
        for kind in catalog.KINDS:
            assert f"{address(kind.NAME)}?cp=ALICE-1" in page, kind.NAME
        assert "Releases a cable that is stuck in the socket" in page


def test_a_form_is_filled_from_the_address(client_for: Client, stations: Field) -> None:
    page = client_for("alice").get("/operations/delete-certificate?cp=ALICE-1&serialNumber=0A&hashAlgorithm=SHA512").text
    assert 'value="0A"' in page and '<option value="SHA512" selected>' in page
