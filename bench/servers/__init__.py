"""The yardsticks: servers that answer the bench's chargers and store nothing."""
