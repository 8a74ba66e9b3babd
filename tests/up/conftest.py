"""Programs that end with the test that started them."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tests.up.program import Program


@pytest.fixture
def start() -> Iterator[Callable[..., Program]]:
    """Start a program with the given additions to the environment; it is killed when the test is over."""
    programs: list[Program] = []

    def start_program(*command: str, **environment: str) -> Program:
        programs.append(Program(list(command), os.environ | environment))
        return programs[-1]

    yield start_program
    for program in programs:
        with suppress(ProcessLookupError):
            program.process.kill()
        program.process.wait()
        assert program.process.stdout is not None
        program.process.stdout.close()
