"""Packages of others that play the charger: installed from their lock file when a test first needs them."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def node_packages() -> Path:
    """Folder with the Node packages installed. Skips where there is no Node; under CI that is a failure."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        reason = "Node and npm are needed for the chargers that others wrote"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    installed, lock = (HERE / "node_modules" / ".package-lock.json", HERE / "package-lock.json")
    with (HERE / ".gitignore").open() as guard:  # several test processes, one folder
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            subprocess.run(["npm", "ci"], cwd=HERE, check=True, stdout=subprocess.DEVNULL, timeout=180)
    return HERE
