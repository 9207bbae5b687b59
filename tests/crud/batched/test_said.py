"""Notes on exceptions about a batch."""

from __future__ import annotations

from tests.crud.batched.test_held import settings
from zarr.crud._batched.held import HeldChunk
from zarr.crud._batched.said import MOST, of_body, of_end
from zarr.storage import MemoryStore

STORE = MemoryStore()


def chunks(*indices: tuple[int, int]) -> list[HeldChunk]:
    """Chunks of the array `a`."""
    return [HeldChunk(settings(), index) for index in indices]


def test_a_note_counts_what_was_written_and_what_was_not() -> None:
    """Catches an array that is left out because all or nothing of it was written."""
    note = of_body(STORE, {"b": 2, "a": 1}, chunks((0, 0), (1, 0), (2, 1)))
    assert note.endswith(
        "'a': 1 chunk was written before, 3 chunks were not written; "
        "'b': 2 chunks were written before, 0 chunks were not written"
    )
    assert of_body(STORE, {}, []).endswith("nothing was written")


def test_a_note_lists_the_chunks_of_the_end() -> None:
    """Catches chunks of the wrong list, and a note of a million chunks."""
    held = chunks((1, 1), (2, 2), (0, 2))
    held[0].is_gone = held[2].is_gone = True
    assert of_end(STORE, held).endswith(
        "has written of 'a' the chunks (0, 2), (1, 1), and not of 'a' the chunks (2, 2)"
    )
    many = chunks(*[(0, 0)] * (MOST + 5))
    assert of_end(STORE, many).endswith("(0, 0) and 5 more")


def test_a_chunk_that_was_begun_may_be_written() -> None:
    """Catches a note that says of a chunk in the store that it is not there."""
    held = chunks((0, 0), (1, 0))
    held[0].is_begun = True
    assert of_end(STORE, held).endswith(
        "has written nothing, perhaps of 'a' the chunks (0, 0), and not of 'a' the chunks (1, 0)"
    )
