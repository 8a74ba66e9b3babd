"""`wcc seed` keeps its hands off somebody's data."""

from tests.cli.conftest import Wcc
from wcc.config import Settings


def test_a_database_that_belongs_to_somebody_is_not_seeded(wcc: Wcc, settings: Settings) -> None:
    assert wcc("user", "create", "boss@example.org", "--organization", "Somebody").exit_code == 0
    told = wcc("seed")
    assert told.exit_code == 2 and "organization" in told.output and told.output.count("\n") == 1
    assert wcc("seed", "--if-empty").exit_code == 0
    assert not list(settings.instance.glob("demo*"))
