"""How often one address may try something: the limiter whose decorators stand at the views."""

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, in_memory_fallback_enabled=True)
