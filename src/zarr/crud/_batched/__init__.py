"""Batches of writes: what they hold, and the backend that gathers."""
