"""The bench: our endpoint beside what one would pick instead, messages per CPU-second, reply times, memory, fairness."""
