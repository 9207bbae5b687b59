"""The backend that serves a call of a codec pipeline, and with which parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.crud._options import Options
    from zarr.crud._pipelines.projections import Part
    from zarr.crud.backends.contract import CrudBackend


type Missing = Literal["tell", "hide", "raise"]
"""The treatment of chunks that are not stored.

Upstream raises for reported chunks if `read_missing_chunks` is false. If the options differ from
that setting, the chunks are hidden from upstream, or the pipeline raises.
"""


class Chosen(NamedTuple):
    """The backend that serves a call, and how."""

    backend: CrudBackend
    options: Options
    """Without a count of missing chunks the backend raises for a chunk that is not stored."""
    missing: Missing
    at_a_time: int | None = None
    """The most chunks that are read or written at a time; `None` for no such limit."""
    missing_count: Callable[[], int] | None = None
    """How many chunks the backend has found missing in this process, in whatever calls."""
    is_together: bool = False
    """Whether the backend reads or writes all parts in one call, and so each chunk once."""


class Plan(NamedTuple):
    """What serves the parts of a call."""

    chosen: Chosen
    parts: list[Part]
    """One for each chunk; or a single one, which joins those of all chunks."""
    is_joined: bool = False
