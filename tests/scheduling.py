"""How the tests are dealt out to processes (pytest-xdist): one by one, but those that share something costly together."""

from xdist.scheduler import LoadGroupScheduling

# These share one running demo (`wcc up --demo`).
WITH_THE_DEMO = (
    "tests/browser/test_main_thread.py",
    "tests/browser/test_demo.py",
    "tests/browser/test_accessible.py",
    "tests/browser/test_languages.py",
)


class Dealer(LoadGroupScheduling):
    """What `--dist loadgroup` is meant to be; xdist's own loses its marks with pytest 9.2 (pytest-xdist issue 1386)."""

    def _split_scope(self, nodeid: str) -> str:
        return "demo" if nodeid.startswith(WITH_THE_DEMO) else nodeid
