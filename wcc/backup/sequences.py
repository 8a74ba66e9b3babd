"""Ids handed out after a backup must not be handed out again after a restore: chargers and people know them."""

from wcc.backup.archive import BackupFailed

# More ids than are handed out between two backups; 2 147 restores fit into the 31 bits of a transactionId.
JUMP = 1_000_000
LARGEST = 2**31 - 1


def next_start(saved: int, present: int) -> int:
    """From where a sequence goes on: beyond what the backup and the database that it replaces have handed out."""
    start = max(saved, present) + JUMP
    if start > LARGEST - JUMP:
        raise BackupFailed("the ids of this installation are used up; it needs a new database")
    return start
