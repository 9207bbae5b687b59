"""Engines by name, and the state that arrays keep for theirs."""
