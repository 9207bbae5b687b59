"""How a call is carried out, apart from what it reads or writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Options:
    """Parameters of a chunk or region call; every field does something in every backend.

    Parameters
    ----------
    missing_chunks : {"fill", "error"}
        What a read does for a chunk (shard) that is not stored: return the fill value, or raise
        `zarr.errors.ChunkNotFoundError`. A subchunk that a stored shard lacks is always filled.
    write_empty_chunks : bool
        Whether a chunk that holds nothing but the fill value is stored. By default it is
        deleted instead.
    concurrency : int, optional
        How many threads one call may use; 1 keeps all work on the calling thread. By default
        a backend chooses.
    decoded_size_budget : int
        The largest result and the largest single chunk that a call may allocate, in bytes.
        It is checked before anything is allocated. The default is 256 GiB.

    Raises
    ------
    ValueError
        A field has a value that it does not know.
    """

    missing_chunks: Literal["fill", "error"] = "fill"
    write_empty_chunks: bool = False
    concurrency: int | None = None
    decoded_size_budget: int = 1 << 38

    def __post_init__(self) -> None:
        if self.missing_chunks not in ("fill", "error"):
            raise ValueError(f"missing_chunks is {self.missing_chunks!r}; use 'fill' or 'error'")
        if self.concurrency is not None and self.concurrency < 1:
            raise ValueError(f"concurrency is {self.concurrency!r}; use a number of threads >= 1")
        if self.decoded_size_budget < 0:
            raise ValueError(
                f"decoded_size_budget is {self.decoded_size_budget!r}; use a number of bytes >= 0"
            )


DEFAULT_OPTIONS: Final = Options()
