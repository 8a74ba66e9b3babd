"""The 78 JSON schemas of OCPP 1.6 and its security extension, compiled once.

Schemas from the `ocpp` package; formats are not asserted (date-times are read leniently by `lenient.time_ms`).
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import ocpp.v16

_FOLDER = Path(ocpp.v16.__file__).parent / "schemas"


@cache
def validator(name: str) -> Any:
    """Compiled schema of `Action` or `ActionResponse`. Raises FileNotFoundError for an unknown one."""
    schema = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8-sig"))
    return jsonschema_rs.validator_for(schema, validate_formats=False)


def names() -> list[str]:
    """Names of all schemas: 39 actions and their responses."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def problem(name: str, payload: Any) -> str | None:
    """What is wrong with a payload, in the validator's words; None when nothing is."""
    try:
        found = next(validator(name).iter_errors(payload), None)
    except ValueError as error:  # nested deeper than the validator goes
        return str(error)
    return None if found is None else str(found.message)
