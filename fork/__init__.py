"""The soft fork: upstream's wheel, verified, with our seams inserted and our packages beside it."""

from __future__ import annotations

__all__ = ["ForkError"]


class ForkError(Exception):
    """The fork cannot be built as it stands; the message says what is wrong and what to do."""
