"""Chargers and testers that no one here wrote find nothing to complain about."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ocpp.v16 import ChargePoint, call
from ocpp.v16.datatypes import MeterValue, SampledValue
from ocpp.v16.enums import ChargePointErrorCode, ChargePointStatus, Reason
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests import coroutines
from tests.ocpp.rawsocket import basic
from tests.serving import Server

PASSWORD = "thirdparty-word-1"
METER_START_WH, METER_STOP_WH = 4_854_797, 4_889_931


def session_of(server: Server, transaction_id: int) -> dict[str, Any]:
    """What the database holds of the session with this transactionId."""
    columns = "charge_point.identity, meter_start_wh, meter_stop_wh, stop_reason, charging_session.energy_wh"
    query = f"SELECT {columns} FROM charging_session JOIN charge_point ON charge_point.id = charge_point_id"
    (row,) = server.sql(f"{query} WHERE charging_session.id = :id", id=transaction_id)
    return dict(zip(("identity", "start_wh", "stop_wh", "reason", "energy_wh"), row, strict=True))


def whole_session(identity: str) -> dict[str, Any]:
    """What it must hold when every message arrived."""
    energy_wh = METER_STOP_WH - METER_START_WH
    return {"identity": identity, "start_wh": METER_START_WH, "stop_wh": METER_STOP_WH, "reason": "Local", "energy_wh": energy_wh}


def run(words: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a tester to its end; what it printed is in the result."""
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, **options)


def test_ocpp_rpc_in_strict_mode_charges_without_a_schema_complaint(server: Server, node_packages: Path) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    endpoint = f"ws://127.0.0.1:{server.port}/ocpp"
    ended = run(["node", "charger.mjs", endpoint, identity, PASSWORD, "#freecharging"], cwd=node_packages)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    seen = json.loads(ended.stdout)
    assert (seen["complaints"], seen["protocol"]) == ([], "ocpp1.6")
    assert seen["replies"]["BootNotification"]["status"] == "Accepted"
    assert seen["replies"]["StartTransaction"]["idTagInfo"]["status"] == "Accepted"
    assert seen["replies"]["DataTransfer"]["status"] == "UnknownVendorId"
    assert session_of(server, seen["replies"]["StartTransaction"]["transactionId"]) == whole_session(identity)


def test_ocpp_ws_cli_passes_all_but_the_one_about_integer_message_ids(server: Server, node_packages: Path, tmp_path: Path) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    logged = len(server.log_text())
    program = node_packages / "node_modules" / "ocpp-ws-cli" / "dist" / "index.js"
    endpoint = f"ws://{identity}:{PASSWORD}@127.0.0.1:{server.port}/ocpp"
    options = ["--endpoint", endpoint, "--identity", identity, "--protocol", "ocpp1.6", "--suite", "all"]
    ended = run(["node", str(program), "test", *options, "--report", "json", "--report-dir", str(tmp_path)])
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (report,) = tmp_path.glob("*.json")
    results = json.loads(report.read_text())["testResults"]
    assert len(results) == 21
    # Integer ids occur in the field, so a charger that sends one is answered under it.
    assert [result["name"] for result in results if not result["passed"]] == ["Server enforces MessageId is a string"]
    assert "Traceback" not in server.log_text()[logged:]


@pytest.mark.parametrize("slash", [[], ["--trailing-slash"]], ids=["plain", "trailing-slash"])
def test_test_ocpp_is_content(server: Server, slash: list[str]) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    words = [sys.executable, "-m", "test_ocpp", f"ws://127.0.0.1:{server.port}/ocpp", identity, "--password", PASSWORD, *slash]
    ended = run(words)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "SUCCESS" in ended.stdout
    assert "WARNING" not in ended.stdout
    assert "BootNotification status: Accepted" in ended.stdout


def test_test_ocpp_with_a_wrong_password_is_told_401(server: Server) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    words = [sys.executable, "-m", "test_ocpp", f"ws://127.0.0.1:{server.port}/ocpp", identity, "--password", "wrong"]
    ended = run(words)
    assert ended.returncode == 1
    assert "HTTP 401" in ended.stdout


def test_the_ocpp_package_as_a_charger_charges_without_a_schema_complaint(server: Server) -> None:
    identity = server.add_charge_point(password=PASSWORD)
    transaction_id = coroutines.run(asyncio.wait_for(charge(server.port, identity), 30))
    assert session_of(server, transaction_id) == whole_session(identity)


async def charge(port: int, identity: str) -> int:
    """One session on the `ocpp` package's own ChargePoint, which checks every reply; the transactionId it was given."""
    url = f"ws://127.0.0.1:{port}/ocpp/{identity}"
    headers = {"Authorization": basic(identity, PASSWORD)}
    async with connect(url, subprotocols=[Subprotocol("ocpp1.6")], additional_headers=headers) as connection:
        charger = ChargePoint(identity, connection, response_timeout=10)
        reader = asyncio.create_task(charger.start())
        try:
            return await one_session(charger)
        finally:
            reader.cancel()


async def one_session(charger: ChargePoint) -> int:
    """Boot, authorize, start, meter values, stop."""
    now = datetime.now(UTC).isoformat()
    boot = await charger.call(call.BootNotification(charge_point_model="NEXT", charge_point_vendor="Webasto"), suppress=False)
    assert boot.status == "Accepted"
    await charger.call(call.Heartbeat(), suppress=False)
    await charger.call(call.StatusNotification(1, ChargePointErrorCode.no_error, ChargePointStatus.preparing), suppress=False)
    tag = "#freecharging"
    assert (await charger.call(call.Authorize(tag), suppress=False)).id_tag_info["status"] == "Accepted"
    start = await charger.call(call.StartTransaction(1, tag, METER_START_WH, now), suppress=False)
    assert start.id_tag_info["status"] == "Accepted"
    values = [MeterValue(timestamp=now, sampled_value=[SampledValue(value=str(METER_START_WH + 1000))])]
    await charger.call(call.MeterValues(1, values, start.transaction_id), suppress=False)
    stop = call.StopTransaction(METER_STOP_WH, now, start.transaction_id, reason=Reason.local, id_tag=tag)
    await charger.call(stop, suppress=False)
    transaction_id: int = start.transaction_id
    return transaction_id
