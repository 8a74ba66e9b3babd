"""The demo's log-in and the file of its chargers."""

import json
import stat

import pytest

from simulator import fleet
from tests.demo.conftest import Demo
from wcc.account.service import recognize
from wcc.app import create_app
from wcc.config import cipher
from wcc.errors import Invalid


def test_the_demo_log_in_is_written_for_this_user_only_and_works(demo: Demo) -> None:
    path = demo.settings.instance / "demo.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    login = json.loads(path.read_text())
    assert sorted(login) == ["email", "password"]
    with create_app(demo.settings).app_context():
        user = recognize(login["email"], login["password"])
        assert (user.role, user.organization.name) == ("administrator", "Van Dijk Fleet")
        with pytest.raises(Invalid):
            recognize("sanne.deboer@example.org", login["password"])


def test_the_simulator_takes_the_fleet_file_and_its_meters_go_on_where_the_history_ended(demo: Demo) -> None:
    path = demo.settings.instance / "demo-fleet.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    read = fleet.read(path)
    assert read.url == "ws://127.0.0.1:5123/ocpp"
    rows = demo.rows(
        "SELECT c.identity, c.password, c.firmware_version, c.model,"
        " (SELECT max(s.meter_stop_wh) FROM charging_session s WHERE s.charge_point_id = c.id) AS register_wh"
        " FROM charge_point c"
    )
    stations = {row.identity: row for row in rows}
    assert len(read.members) == 8
    for member in read.members:
        station = stations[member.identity]
        assert cipher(demo.settings.instance).decrypt(station.password).decode() == member.password
        assert member.settings.register_wh == station.register_wh
        assert (member.settings.firmware_version, member.settings.model) == (station.firmware_version, station.model)
    assert {"remote", "card", "freecharging"} <= {member.scenario for member in read.members}
