"""Meter values of sessions on the wire."""

from typing import Any

import pytest

from simulator import Car
from simulator.clock import parse
from tests.simulator.central import CentralSystem, with_central


@with_central
async def test_samples_come_at_the_interval_with_the_measurands_of_the_key(central: CentralSystem) -> None:
    async with central.charger(free_charging=True, sample_interval_s=1, speed=20) as charger:
        await charger.boot()
        await charger.plug_in()
        payload = await central.heard_action("MeterValues", 4)
        values = payload["meter_value"][0]["sampled_value"]
        assert payload["transaction_id"] == 101
        assert [v["measurand"] + v.get("phase", "") for v in values] == [
            "Energy.Active.Import.Register",
            "Power.Active.Import",
            "Current.ImportL1",
            "Current.ImportL2",
            "Current.ImportL3",
            "VoltageL1",
            "VoltageL2",
            "VoltageL3",
        ]
        assert {v["context"] for v in values} == {"Sample.Periodic"}
        assert {v["location"] for v in values} == {"Outlet"}


@with_central
async def test_energy_on_the_wire_is_power_times_time_even_when_time_runs_faster(central: CentralSystem) -> None:
    async with central.charger(free_charging=True, sample_interval_s=1, speed=60, tick_s=1.0) as charger:
        await charger.boot()
        await charger.plug_in(Car(ramp_s=0))
        await central.heard_action("MeterValues", 15)
        samples = [p["meter_value"][0] for p in central.desk.payloads("MeterValues")[4:15]]
        times = [parse(sample["timestamp"]) for sample in samples]
        energy = [int(sample["sampled_value"][0]["value"]) for sample in samples]
        power = [float(sample["sampled_value"][1]["value"]) for sample in samples]
        assert energy == sorted(energy)
        spent_h = (times[-1] - times[0]).total_seconds() / 3600
        assert energy[-1] - energy[0] == pytest.approx(sum(power) / len(power) * spent_h, rel=0.05, abs=4)


@with_central
async def test_clock_aligned_values_come_with_and_without_a_session(central: CentralSystem) -> None:
    async with central.charger(speed=20) as charger:
        charger.configuration.set("ClockAlignedDataInterval", "2")
        await charger.boot()
        idle = await central.heard_action("MeterValues")
        assert "transaction_id" not in idle
        assert idle["meter_value"][0]["sampled_value"][0]["context"] == "Sample.Clock"
        assert idle["meter_value"][0]["timestamp"].endswith((":00.000Z", "2.000Z", "4.000Z", "6.000Z", "8.000Z", "0.000Z"))
        charger.configuration.set("FreeChargingMode", "true")
        await charger.plug_in()
        await central.heard(lambda d: any(_is_aligned(p) and "transaction_id" in p for p in d.payloads("MeterValues")))


def _is_aligned(payload: dict[str, Any]) -> bool:
    return bool(payload["meter_value"][0]["sampled_value"][0]["context"] == "Sample.Clock")


@with_central
async def test_the_end_sample_can_travel_in_the_stop_instead(central: CentralSystem) -> None:
    async with central.charger(free_charging=True, end_sample="transaction_data", begin_sample=False) as charger:
        await charger.boot()
        await charger.plug_in()
        await charger.unplug()
        data = central.desk.payloads("StopTransaction")[0]["transaction_data"]
        assert [v["context"] for v in data[0]["sampled_value"]] == ["Transaction.End"]
        assert "Transaction.End" not in central.desk.contexts()
