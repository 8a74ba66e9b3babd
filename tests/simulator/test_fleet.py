"""Fleet files, the command line, and the scenarios, the last two as real processes."""

import ast
import asyncio
import json
import os
import signal
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from simulator import arguments, fleet
from simulator.__main__ import main
from simulator.fleet import FleetError
from simulator.scenario import SCENARIOS, prepare
from tests.simulator.central import CentralSystem, with_central

PROJECT = Path(__file__).parents[2]


async def start(*argv: str) -> asyncio.subprocess.Process:
    """`python -m simulator` as a process of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulator",
        *argv,
        cwd=PROJECT,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"TZ": "UTC"},
    )


async def ended(process: asyncio.subprocess.Process, number: signal.Signals) -> tuple[int, str]:
    """Stop it; returns exit code and log."""
    process.send_signal(number)
    _, log = await process.communicate()
    return process.returncode or 0, log.decode()


@with_central
async def test_the_command_line_runs_several_chargers_until_sigterm(central: CentralSystem) -> None:
    process = await start("--url", central.url, "--chargers", "3", "--first", "0099", "--password", "pw")
    await central.heard_action("BootNotification", 3)
    code, log = await ended(process, signal.SIGTERM)
    assert code == 0
    serials = {p["charge_point_serial_number"] for p in central.desk.payloads("BootNotification")}
    assert serials == {"NEXT-WS0099", "NEXT-WS0100", "NEXT-WS0101"}
    assert all("authorization" in headers for headers in central.desk.headers)
    assert "Traceback" not in log


def test_a_fleet_file_charges_freely_and_sigint_ends_its_sessions(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    settings = {"pause_s": [0, 0], "contactor_delay_s": 0}

    @with_central
    async def body(central: CentralSystem) -> None:
        chargers = [{"identity": "A", "scenario": "freecharging", "settings": settings}]
        path.write_text(json.dumps({"url": central.url, "settings": {"sample_interval_s": 1}, "chargers": chargers}))
        process = await start("--fleet", str(path))
        await central.heard_action("MeterValues", 2)
        code, log = await ended(process, signal.SIGINT)
        assert code == 0
        assert central.desk.payloads("StopTransaction")[0]["reason"] == "PowerLoss"
        assert "Traceback" not in log

    body()


@with_central
async def test_a_refused_charger_logs_the_code_and_keeps_trying(central: CentralSystem) -> None:
    central.desk.refuse = [HTTPStatus.UNAUTHORIZED]
    process = await start("--url", central.url, "--identity", "X", "--set", "backoff_min_s=0.01")
    await central.heard_action("BootNotification")
    code, log = await ended(process, signal.SIGTERM)
    assert code == 0
    assert "X connection refused: 401 Unauthorized; next try in 0.0 s" in log


@with_central
async def test_the_demo_scenario_brings_cars_with_known_cards_and_takes_them_away(central: CentralSystem) -> None:
    settings: dict[str, Any] = {
        "id_tags": ["04AA"],
        "pause_s": [0.0, 1.0],
        "wanted_wh": [1.0, 2.0],
        "linger_s": [1.0, 2.0],
        "tick_s": 1.0,
    }
    async with central.charger(speed=200, **settings) as charger:
        prepare(charger, SCENARIOS["demo"])
        await charger.boot()
        charger.spawn(SCENARIOS["demo"].run(charger))
        await central.heard_action("StopTransaction", 2)
        assert {p["id_tag"] for p in central.desk.payloads("StartTransaction")} == {"04AA"}
        assert {"SuspendedEV", "Finishing", "Available"} <= set(central.desk.statuses())


@with_central
async def test_the_faulted_scenario_reports_the_chosen_error(central: CentralSystem) -> None:
    async with central.charger(speed=200, error_number=10) as charger:
        await charger.boot()
        charger.spawn(SCENARIOS["faulted"].run(charger))
        await central.heard(lambda d: d.statuses()[-1] == "Faulted")
        assert central.desk.payloads("StatusNotification")[-1]["vendor_error_code"] == "PB29"


def test_bad_arguments_end_with_code_two_and_a_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = ["--url", "ws://127.0.0.1:1/ocpp"]
    passwords = tmp_path / "passwords"
    passwords.write_text("A:1\nB\n")
    for argv, reason in (
        ([], "--url is missing"),
        (["--url", "http://x/"], "must look like ws://"),
        (["--url", "ws://host:99999/"], "must look like ws://"),
        ([*good, "--first", "x1"], "--first x1"),
        ([*good, "--identity", "A", "--chargers", "2"], "cannot be combined"),
        ([*good, "--identity", "A", "--identity", "A"], "twice"),
        ([*good, "--passwords", str(passwords)], "line 2"),
        ([*good, "--passwords", str(tmp_path / "none")], "none"),
        ([*good, "--set", "colour=red"], "unknown setting 'colour'"),
        ([*good, "--key", "Nonsense=1"], "unknown configuration key 'Nonsense'"),
        ([*good, "--key", "HeartbeatInterval=often"], "HeartbeatInterval"),
        ([*good, "--fault", "Reset=maybe"], "'maybe'"),
        ([*good, "--authorization", "raw", "--password", "secret"], "hex digits"),
        (["--fleet", str(tmp_path / "none.json")], "No such file"),
        (["--fleet", "x", "--chargers", "2"], "cannot be combined with --fleet"),
    ):
        assert main(argv) == 2, argv
        assert reason in capsys.readouterr().err, argv
    for argv in ([*good, "--chargers", "0"], [*good, "--speed", "-1"], [*good, "--scenario", "party"], ["--what"]):
        with pytest.raises(SystemExit) as usage:
            main(argv)
        assert usage.value.code == 2


def test_bad_fleet_files_say_what_and_where(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    for content, reason in (
        ("{", "not JSON"),
        ("{}", '"chargers"'),
        ("[]", "no chargers"),
        ('[{"identity": 7}]', "charger 1: needs an identity"),
        ('[{"identity": "A"}, {"identity": "A"}]', "'A' occurs twice"),
        ('[{"identity": "A", "colour": "red"}]', "A: unknown field 'colour'"),
        ('[{"identity": "A", "model": "64A"}]', "A: rating must be"),
        ('[{"identity": "A", "scenario": "party"}]', "A: unknown scenario"),
        ('[{"identity": "A", "configuration": {"HeartbeatInterval": 5}}]', "must be text"),
        ('[{"identity": "A", "faults": {"Reset": "?"}}]', "A: '?'"),
        ('{"speed": 0, "chargers": [{"identity": "A"}]}', "speed"),
    ):
        path.write_text(content)
        with pytest.raises(FleetError) as error:
            fleet.read(path)
        assert reason in str(error.value), content
        assert str(path) in str(error.value)


def test_a_fleet_file_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "fleet.json"
    charger = {
        "identity": "NEXT-WS104600",
        "password": "secret",
        "model": "16A",
        "scenario": "demo",
        "settings": {"fixed_cable": False},
        "configuration": {"FreeChargingMode": "true"},
        "faults": {"Reset": "Rejected"},
    }
    path.write_text(json.dumps({"url": "ws://h/ocpp", "seed": 7, "settings": {"sample_interval_s": 5}, "chargers": [charger]}))
    found = fleet.read(path)
    member = found.members[0]
    assert (found.url, found.seed, member.password, member.scenario) == ("ws://h/ocpp", 7, "secret", "demo")
    assert (member.settings.rated_current_a, member.settings.sample_interval_s) == (16, 5)
    built = member.build("ws://h/ocpp", 1.0, 7, None)
    assert built.configuration.flag("FreeChargingMode")
    assert built.settings.model == "WB_NEXT_EVSE_EU_16A"
    again = member.build("ws://h/ocpp", 1.0, 7, None)
    assert built.connectors[1].meter.reading_wh == again.connectors[1].meter.reading_wh


def test_a_password_file_names_the_chargers_and_keeps_colons(tmp_path: Path) -> None:
    path = tmp_path / "passwords"
    path.write_text("# ours\nA:one:two\n\nNEXT 2:x\n")
    options = arguments.parser().parse_args(["--url", "ws://h/ocpp", "--passwords", str(path), "--sample-interval", "5"])
    members = arguments.chosen_fleet(options).members
    assert [(m.identity, m.password) for m in members] == [("A", "one:two"), ("NEXT 2", "x")]
    assert members[0].settings.sample_interval_s == 5


def test_the_lists_explain_scenarios_settings_and_errors(capsys: pytest.CaptureFixture[str]) -> None:
    for what, word in (("scenarios", "freecharging"), ("settings", "strict_fraction"), ("errors", "PB29")):
        assert main(["--list", what]) == 0
        assert word in capsys.readouterr().out


def test_the_simulator_imports_nothing_of_the_central_system() -> None:
    modules = list((PROJECT / "simulator").glob("*.py"))
    assert len(modules) > 10
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "wcc"], module.name
