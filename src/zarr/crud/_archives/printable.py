"""Names from archives, safe to print: they may hold anything."""

from __future__ import annotations


def printable(text: str) -> str:
    """Return a text without control characters, which could change a terminal or end a line."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(char: str) -> str:
    return char if char.isprintable() else "\ufffd"
