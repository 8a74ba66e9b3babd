"""The theoretical costs of a session at the tariff that held at its start (R4.2c)."""

from dataclasses import dataclass
from decimal import Decimal

from wcc import units
from wcc.models import ChargingSession


@dataclass(frozen=True)
class Costs:
    """The sum as it is written out. Amounts in `currency`; None where the session has no such price."""

    currency: str
    energy_wh: int
    kwh: Decimal
    price_per_kwh: Decimal | None
    energy: Decimal | None
    per_session: Decimal | None
    total: Decimal


def costs(session: ChargingSession) -> Costs | None:
    """The costs of a session; None where it is not priced, or its energy is not known though it is priced by energy."""
    price, fixed = session.price_per_kwh, session.price_per_session
    if session.currency is None or (price is None and fixed is None):
        return None
    if price is not None and session.energy_wh is None:
        return None
    energy_wh = session.energy_wh or 0
    energy = None if price is None else units.energy_cost(energy_wh, price)
    per_session = None if fixed is None else units.money(fixed)
    total = (energy or Decimal(0)) + (per_session or Decimal(0))
    return Costs(session.currency, energy_wh, units.kwh(energy_wh), price, energy, per_session, units.money(total))
