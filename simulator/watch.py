"""Waiting for a condition about a charger without polling."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Watch:
    """Everyone who changes the charger calls `notify`; everyone who waits gives a condition."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def notify(self) -> None:
        """Let every waiter look at its condition again."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def wait_for(self, condition: Callable[[], T], timeout_s: float | None = None) -> T:
        """Return the first truthy value of `condition`. Raises TimeoutError after `timeout_s` real seconds."""
        async with asyncio.timeout(timeout_s):
            while not (value := condition()):
                future = asyncio.get_running_loop().create_future()
                self._waiting.add(future)
                try:
                    await future
                finally:
                    self._waiting.discard(future)
            return value
