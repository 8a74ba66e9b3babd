"""Boot, reconnect, heartbeats, and the fraction without which firmware 3.x boots for ever."""

from datetime import UTC, datetime
from http import HTTPStatus

from simulator.clock import has_fraction
from tests.simulator.central import CentralSystem, with_central


@with_central
async def test_boot_is_followed_by_the_status_of_the_station_and_then_of_the_connector(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        assert central.desk.actions() == ["BootNotification", "StatusNotification", "StatusNotification"]
        assert [p["connector_id"] for p in central.desk.payloads("StatusNotification")] == [0, 1]
        assert {p["status"] for p in central.desk.payloads("StatusNotification")} == {"Available"}


@with_central
async def test_the_boot_notification_carries_what_the_next_sends(central: CentralSystem) -> None:
    async with central.charger(boot_fields={"meterType": "internal"}) as charger:
        await charger.boot()
        assert central.desk.payloads("BootNotification") == [
            {
                "charge_point_vendor": "Webasto",
                "charge_point_model": "WB_NEXT_EVSE_EU_32A",
                "charge_point_serial_number": "NEXT-WS104600",
                "firmware_version": "3.1.16",
                "meter_type": "internal",
            }
        ]


@with_central
async def test_nothing_is_sent_before_boot_is_asked_for(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.wait_for(lambda c: c.connected)
        assert await charger.raw_call("Heartbeat", {})
        assert central.desk.actions() == ["Heartbeat"]


@with_central
async def test_a_pending_or_rejected_boot_is_repeated_until_accepted(central: CentralSystem) -> None:
    central.desk.registration = ["Pending", "Rejected"]
    async with central.charger() as charger:
        await charger.boot()
        assert central.desk.actions()[:3] == ["BootNotification"] * 3
        assert charger.registration == "Accepted"


@with_central
async def test_the_interval_of_the_boot_answer_is_the_heartbeat_interval(central: CentralSystem) -> None:
    central.desk.boot_interval = 1
    async with central.charger() as charger:
        await charger.boot()
        assert charger.configuration.number("HeartbeatInterval") == 1
        await central.heard_action("Heartbeat")


@with_central
async def test_a_reconnect_sends_no_boot_notification_and_only_statuses_that_changed(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        await charger.reconnect()
        await charger.raw_call("Heartbeat", {})
        assert central.desk.actions().count("BootNotification") == 1
        assert central.desk.statuses() == ["Available"]
        charger.go_offline()
        await charger.plug_in()
        charger.go_online()
        await central.heard(lambda d: d.statuses() == ["Available", "Preparing"])
        assert central.desk.actions().count("BootNotification") == 1
        assert central.desk.statuses(0) == ["Available"]


@with_central
async def test_a_charger_can_be_one_that_was_accepted_before_the_central_system_restarted(
    central: CentralSystem,
) -> None:
    async with central.charger(status_on_reconnect="none") as charger:
        await charger.skip_boot()
        await charger.plug_in()
        await charger.present_tag("04A1B2C3")
        assert central.desk.actions()[:3] == ["StatusNotification", "Authorize", "StartTransaction"]


@with_central
async def test_boot_on_reconnect_is_a_setting(central: CentralSystem) -> None:
    async with central.charger(boot_on_reconnect=True) as charger:
        await charger.boot()
        await charger.reconnect()
        assert central.desk.actions().count("BootNotification") == 2


@with_central
async def test_a_current_time_without_fraction_makes_it_drop_the_link_and_boot_again_and_again(
    central: CentralSystem,
) -> None:
    central.desk.current_time = lambda: "2026-03-01T09:30:00Z"
    async with central.charger() as charger:
        charger.boot_wanted = True
        charger.watch.notify()
        await central.heard_action("BootNotification", 3)
        assert central.desk.sockets >= 3
        assert not charger.accepted
        assert central.desk.statuses() == []
        central.desk.current_time = lambda: datetime.now(UTC).isoformat(timespec="milliseconds")
        await charger.wait_for(lambda c: c.online)


@with_central
async def test_a_heartbeat_answer_without_fraction_costs_the_link_too(central: CentralSystem) -> None:
    async with central.charger() as charger:
        await charger.boot()
        central.desk.current_time = lambda: "2026-03-01T09:30:00+00:00"
        charger.configuration.set("HeartbeatInterval", "1")
        charger.watch.notify()
        await central.heard_action("BootNotification", 2)


@with_central
async def test_without_strict_fraction_whole_seconds_are_fine(central: CentralSystem) -> None:
    central.desk.current_time = lambda: "2026-03-01T09:30:00Z"
    async with central.charger(strict_fraction=False) as charger:
        await charger.boot()
        assert central.desk.sockets == 1


@with_central
async def test_a_refused_upgrade_is_tried_again_with_growing_pauses(central: CentralSystem) -> None:
    central.desk.refuse = [HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST]
    async with central.charger(backoff_min_s=0.01, backoff_max_s=0.03) as charger:
        pauses = []
        for failures in (1, 2, 3):
            await charger.wait_for(lambda c, n=failures: c.link.failures >= n)  # type: ignore[misc]
            pauses.append(charger.link.backoff_s())
        await charger.boot()
        assert charger.link.refusals == [401, 404, 400]
        assert pauses == [0.01, 0.02, 0.03]
        assert charger.link.failures == 0


def test_a_fraction_is_recognised_in_every_iso_form() -> None:
    for text in ("2026-03-01T09:30:00.000Z", "2026-03-01T09:30:00.1+01:00", "20260301T093000.5Z"):
        assert has_fraction(text), text
    for text in ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00+01:00", "", "rubbish"):
        assert not has_fraction(text), text
