"""What came of the work."""

from __future__ import annotations

import pickle

from zarr.crud._repack.done import Done, Failure


def test_sums_add_each_number() -> None:
    """Catches a number that is added to another one."""
    assert Done(1, 2, 3, 4).plus(Done(10, 20, 30, 40)) == Done(11, 22, 33, 44)


def test_a_failure_names_array_chunk_and_key() -> None:
    """Catches a failure that does not say where it was, or does not come from another process."""
    failure = Failure("a", (0, 1), "x/a/c/0/1", OSError("gone"))
    assert str(failure) == "array 'a', chunk (0, 1), key 'x/a/c/0/1': OSError: gone"
    assert str(pickle.loads(pickle.dumps(failure))) == str(failure)
