"""Text from stores, shown so that it cannot control a terminal."""

from __future__ import annotations


def escaped(text: str) -> str:
    r"""Return text with every character escaped that is not printable.

    These are control characters, such as the start of an escape sequence, and those that change
    the direction of text or end a line.

    >>> escaped("depth\x1b[2J")
    'depth\\x1b[2J'
    """
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()


def one_line(text: str) -> str:
    """Return text as one line, escaped: runs of white space become single spaces."""
    return escaped(" ".join(text.split()))
