"""The engine of a call is told to the next `sync` of its thread, and to no other."""

from __future__ import annotations

from zarr._engine.engines.hint import hinting, take_hint


def test_the_engine_is_taken_once() -> None:
    """Catches an engine that is told to calls that were given none."""
    assert hinting("zarrs", lambda: (take_hint(), take_hint())) == ("zarrs", None)
    assert take_hint() is None


def test_a_call_within_another_has_its_own() -> None:
    """Catches an inner call that leaves its engine to the outer one, or takes that of it."""

    def outer() -> tuple[object, object]:
        return hinting(None, take_hint), take_hint()

    assert hinting("zarrs", outer) == (None, "zarrs")


def test_an_error_leaves_no_engine() -> None:
    """Catches a call that fails before `sync`, and whose engine the next call gets."""

    def fails() -> None:
        raise LookupError

    try:
        hinting("zarrs", fails)
    except LookupError:
        assert take_hint() is None
