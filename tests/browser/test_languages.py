"""Every language fits: no page runs off the side of a phone, where German words are the longest."""

import pytest
from sqlalchemy import Engine, update

from tests.browser.conftest import NewPage
from tests.people import World
from tests.security.conftest import Things, things
from wcc import ui
from wcc.models import User

__all__ = ["things"]

PAGES = (
    "/",
    "/statuses",
    "/charge-points/",
    "/charge-points/connectors",
    "/charge-points/add",
    "/charge-points/ALICE-1",
    "/charge-points/ALICE-1/connectors",
    "/charge-points/ALICE-1/operations",
    "/charge-points/ALICE-1/edit",
    "/charge-points/ALICE-1/sharing/",
    "/groups/",
    "/groups/add",
    "/groups/look-at",
    "/groups/{group}",
    "/groups/{group}/people/add",
    "/users/",
    "/users/add",
    "/users/{user}",
    "/tags/",
    "/tags/add",
    "/audit-log/",
    "/account",
    "/sessions/",
    "/sessions/{session}",
    "/operations/remote-start?cp=ALICE-1",
    "/operations/remote-stop?cp=ALICE-1",
    "/operations/reset?cp=ALICE-1",
    "/operations/change-availability?cp=ALICE-1",
    "/operations/more?cp=ALICE-1",
    "/operations/set-charging-profile?cp=ALICE-1",
    "/operations/{operation}",
    "/operations/choose",
    "/privacy/",
    "/privacy/gathered",
    "/imprint",
    "/no-such-page",
)


@pytest.mark.parametrize("language", ui.LANGUAGES)
def test_no_page_runs_off_the_side_of_a_phone(page_of: NewPage, engine: Engine, world: World, things: Things, language: str) -> None:
    with engine.connect().execution_options(writes=True) as conn, conn.begin():
        conn.execute(update(User).values(language=language))
    page = page_of("olga", viewport={"width": 360, "height": 780}, locale=language)
    beyond = {}
    values = {
        "session": things.session_id["alice"],
        "operation": things.operation_id["alice"],
        "group": world.groups["North"],
        "user": world.users["bob"],
    }
    for path in PAGES:
        page.goto(path.format(**values))
        assert page.locator("html").get_attribute("lang") == language, path
        beyond[path] = page.evaluate("document.documentElement.scrollWidth - 360")
    page.context.clear_cookies()
    page.goto("/sign-in")
    assert page.locator("html").get_attribute("lang") == language
    beyond["/sign-in"] = page.evaluate("document.documentElement.scrollWidth - 360")
    assert beyond == dict.fromkeys(beyond, 0)
