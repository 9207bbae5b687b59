"""Why a batch refuses use."""

from __future__ import annotations

from typing import Final

BEFORE: Final = "a batch of writes is used before its `with` block; use it within one"
WITHIN: Final = "a batch of writes has one `with` block, which has begun; begin another batch"
AFTER: Final = "a batch of writes is used after its `with` block; begin another one"
ELSEWHERE: Final = (
    "a batch of writes is used in a process that was forked meanwhile; what it holds is written by "
    "the process that began it: begin another one here"
)
