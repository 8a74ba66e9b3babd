"""Runs a supervisor over the parts that its one argument describes: a JSON list of the fields of `Part`.

Instead of functions, `ready` and `wanted` hold paths of files: true when the file exists.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from wcc.supervisor import Part, Supervisor


def part(fields: dict[str, Any]) -> Part:
    for name in ("ready", "wanted"):
        if name in fields:
            fields[name] = Path(fields[name]).exists
    return Part(**fields)


if __name__ == "__main__":
    parts = [part(fields) for fields in json.loads(sys.argv[1])]
    sys.exit(Supervisor(parts, os.environ, lambda: "all is up").run())
