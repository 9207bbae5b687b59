"""Checks of stored archives: what is wrong, what cannot be told, and how two of them differ."""
