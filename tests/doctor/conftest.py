"""The server with no patience is that of the endpoint's tests."""

from tests.ocpp.conftest import impatient

__all__ = ["impatient"]
