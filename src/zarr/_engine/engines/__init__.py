"""Engines by name, and what arrays keep of theirs."""
