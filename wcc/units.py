"""Base units inside (Wh, W, A, V, °C, %, ms); conversion only here."""

from decimal import ROUND_HALF_UP, Decimal

# unit as chargers write it, folded → (base unit, factor). Aliases: quirk 26.
UNITS: dict[str, tuple[str, float]] = {
    "wh": ("Wh", 1),
    "kwh": ("Wh", 1000),
    "mwh": ("Wh", 1_000_000),
    "varh": ("varh", 1),
    "kvarh": ("varh", 1000),
    "w": ("W", 1),
    "kw": ("W", 1000),
    "va": ("VA", 1),
    "kva": ("VA", 1000),
    "var": ("var", 1),
    "kvar": ("var", 1000),
    "a": ("A", 1),
    "ma": ("A", 0.001),
    "v": ("V", 1),
    "kv": ("V", 1000),
    "celsius": ("Celsius", 1),
    "celcius": ("Celsius", 1),
    "c": ("Celsius", 1),
    "°c": ("Celsius", 1),
    "percent": ("Percent", 1),
    "%": ("Percent", 1),
    "hz": ("Hz", 1),
    "hertz": ("Hz", 1),
}


def to_base(value: float, unit: str) -> tuple[float, str]:
    """A reading in the charger's unit → (value, base unit); an unknown unit is kept as it came."""
    folded = unit.strip().lower()
    if folded in ("k", "kelvin"):
        return value - 273.15, "Celsius"
    if folded == "fahrenheit":
        return (value - 32) / 1.8, "Celsius"
    base, factor = UNITS.get(folded, (unit, 1))
    return value * factor, base


def kwh(energy_wh: int) -> Decimal:
    """Wh → kWh as printed: two decimals, half up. This is the energy that is priced (R4.2c)."""
    return (Decimal(energy_wh) / 1000).quantize(Decimal("0.01"), ROUND_HALF_UP)


def money(amount: Decimal) -> Decimal:
    """An amount rounded half up to the cent."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def energy_cost(energy_wh: int, price_per_kwh: Decimal) -> Decimal:
    """The printed kWh times the price, half up to the cent: 35,13 kWh × 0,30 € = 10,54 €."""
    return money(kwh(energy_wh) * price_per_kwh)


def days_clock(duration_ms: int) -> str:
    """Duration as the manual prints it, d:h:m:s (`0:0:0:48`)."""
    seconds = max(duration_ms, 0) // 1000
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    return f"{days}:{hours}:{rest // 60}:{rest % 60}"


def hours_clock(duration_ms: int) -> str:
    """Duration for a table cell, h:mm (`1:22`)."""
    minutes = max(duration_ms, 0) // 60_000
    return f"{minutes // 60}:{minutes % 60:02d}"
