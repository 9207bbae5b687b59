"""What is said about keys whose changes were not waited for."""

from __future__ import annotations

from zarr.crud._stores.unknown import note_unknown


def test_the_keys_are_named_once() -> None:
    """Catches an error that does not say what to write again, or that says it of nothing."""
    error = KeyboardInterrupt()
    note_unknown(error, [])
    assert not hasattr(error, "__notes__")
    note_unknown(error, ["c/1", "c/0", "c/1"])
    assert error.__notes__[0].count("'c/1'") == 1
    assert "'c/0', 'c/1'" in error.__notes__[0]
