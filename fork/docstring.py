"""NumPy docstrings as lines: where the entry of one parameter ends."""

from __future__ import annotations

__all__ = ["entries"]


def entries(lines: list[bytes]) -> tuple[bytes, dict[str, int]]:
    """The parameters that a docstring documents.

    Parameters
    ----------
    lines : list[bytes]
        The source lines of the docstring, quotes included.

    Returns
    -------
    indent : bytes
        The indentation of an entry's first line.
    ends : dict[str, int]
        By parameter, in order, how many of `lines` come before the end of its entry. Empty when
        there is no such section.
    """
    start, indent = _section(lines)
    ends: dict[str, int] = {}
    name = None
    for number, line in enumerate(lines[start:], start + 1):
        text = line.strip()
        depth = len(line) - len(line.lstrip())
        following = lines[number].strip() if number < len(lines) else b""
        if text.startswith((b'"""', b"'''")) or (following and not following.strip(b"-")):
            break
        if text and depth == len(indent):
            name = text.partition(b":")[0].strip().decode()
        if text and name is not None:
            ends[name] = number
    return indent, ends


def _section(lines: list[bytes]) -> tuple[int, bytes]:
    for number, line in enumerate(lines[:-1]):
        under = lines[number + 1].strip()
        if line.strip() == b"Parameters" and under and not under.strip(b"-"):
            return number + 2, line[: len(line) - len(line.lstrip())]
    return len(lines), b""
