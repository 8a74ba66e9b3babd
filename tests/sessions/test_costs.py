"""Theoretical costs (R4.2c)."""

from decimal import Decimal

from wcc.models import ChargingSession
from wcc.sessions.costs import costs


def priced(energy_wh, per_kwh="0.30", per_session=None, currency="EUR"):
    return costs(
        ChargingSession(
            energy_wh=energy_wh,
            currency=currency,
            price_per_kwh=None if per_kwh is None else Decimal(per_kwh),
            price_per_session=None if per_session is None else Decimal(per_session),
        )
    )


def test_the_manuals_example_costs_ten_euros_and_fifty_four_cents():
    found = priced(4_889_931 - 4_854_797)
    assert (found.kwh, found.energy, found.total) == (Decimal("35.13"), Decimal("10.54"), Decimal("10.54"))


def test_the_written_sum_is_right_as_printed():
    # 1005 Wh print as 1.01 kWh (half up), and it is 1.01 kWh that is priced
    assert priced(1005, "0.5").energy == Decimal("0.51")


def test_price_per_session_is_added():
    assert priced(1000, "0.25", "0.50").total == Decimal("0.75")
    assert priced(None, None, "2").total == Decimal("2.00")


def test_without_a_price_or_without_a_known_energy_there_are_no_costs():
    assert priced(1000, None) is None and priced(1000, currency=None) is None and priced(None) is None
