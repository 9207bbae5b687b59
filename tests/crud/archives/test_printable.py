"""Names that are safe to print."""

from __future__ import annotations

from zarr.crud._archives.printable import printable


def test_control_characters_are_replaced() -> None:
    """Catches a name that ends a line, moves the cursor, or hides what comes after it."""
    assert printable("a/b c ü 日本") == "a/b c ü 日本"
    assert printable("a\nb\x1b[2J\x00\u202e") == "a\ufffdb\ufffd[2J\ufffd\ufffd"
