"""The demo takes half a minute to come up: the tests that use it must all run in the process that has it."""

import re
from pathlib import Path

from tests.scheduling import WITH_THE_DEMO

ROOT = Path(__file__).resolve().parents[2]
OF_THE_DEMO = re.compile(r"^def test_.*\b(demo|anna|willem|things): ", re.MULTILINE)


def test_every_file_that_uses_the_demo_is_kept_with_the_others() -> None:
    using = {str(file.relative_to(ROOT)) for file in (ROOT / "tests" / "browser").glob("test_*.py") if uses_the_demo(file.read_text())}
    assert using == set(WITH_THE_DEMO)


def test_a_test_that_uses_the_demo_is_found_however_it_is_wrapped() -> None:
    assert uses_the_demo("def test_x(\n    demo: Demo, page: Page\n) -> None:\n")
    assert not uses_the_demo("def test_demo_x(page: Page) -> None:\n")


def uses_the_demo(source: str) -> bool:
    """Whether a test of a module asks for the demo or for somebody who signs in to it."""
    return bool(OF_THE_DEMO.search(re.sub(r"\(\n\s+", "(", source)))
