"""Which keys of a batch are meant."""

from __future__ import annotations

from typing import NamedTuple

from zarr.crud._stores.holder import among_names, beginning, below, one_of, unlisted


class Chunk(NamedTuple):
    """What a batch holds, as far as keys are meant."""

    path: str


HELD = {
    "a/c/0": Chunk("a"),
    "a/c/1": Chunk("a"),
    "ab/c/0": Chunk("ab"),
    "c/0": Chunk(""),
}


def test_keys_are_meant_once() -> None:
    """Catches a key that is not held, or that is written twice."""
    assert one_of("a/c/1", "x", "a/c/1", "c/0")(HELD) == ["a/c/1", "c/0"]
    assert one_of()(HELD) == []


def test_keys_below_a_path_are_meant() -> None:
    """Catches a neighbour whose name begins alike."""
    assert below("a")(HELD) == below("a/")(HELD) == ["a/c/0", "a/c/1"]
    assert below("")(HELD) == list(HELD)
    assert beginning("a")(HELD) == ["a/c/0", "a/c/1", "ab/c/0"]


def test_names_depend_on_the_chunks_of_their_own_array() -> None:
    """Catches a list of members that writes all of their chunks, or one that lacks a chunk."""
    assert among_names("")(HELD) == ["c/0"]
    assert among_names("a")(HELD) == ["a/c/0", "a/c/1"]
    assert among_names("a/c")(HELD) == ["a/c/0", "a/c/1"]
    assert among_names("x")(HELD) == []


def test_arrays_without_documents_are_not_listed() -> None:
    """Catches an array that has no document, and appears only when its chunks are written."""
    assert unlisted("", {"ab", "c"})(HELD) == ["a/c/0", "a/c/1"]
    assert unlisted("a", {"zarr.json"})(HELD) == ["a/c/0", "a/c/1"]
    assert unlisted("a", {"c"})(HELD) == []
