"""`wcc backup` and `wcc restore`: the database, the secrets and config.py of an installation in one file."""

from wcc.backup.backup import write_backup
from wcc.backup.restore import restore_backup

__all__ = ["restore_backup", "write_backup"]
