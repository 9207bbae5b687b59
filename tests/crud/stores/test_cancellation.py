"""The cancellation of a call."""

from __future__ import annotations

import pytest

from zarr.crud._stores.cancellation import (
    Cancellation,
    CancelledCall,
    check_cancelled,
    context_with,
    current,
    is_cancelled,
    when_cancelled,
)


def test_a_call_without_a_cancellation_is_never_cancelled() -> None:
    """Catches a synchronous call that depends on asynchronous ones."""
    check_cancelled()
    with when_cancelled(lambda: pytest.fail("called")):
        assert not is_cancelled()
    assert current() is None


def test_a_cancelled_call_ends_where_it_looks() -> None:
    """Catches a cancellation that is not seen, or that an error handler may swallow."""
    cancellation = Cancellation()
    context = context_with(cancellation)
    context.run(check_cancelled)
    cancellation.cancel()
    assert context.run(is_cancelled)
    with pytest.raises(CancelledCall) as caught:
        context.run(check_cancelled)
    assert not isinstance(caught.value, Exception)
    check_cancelled()
    context.copy().run(lambda: context_with(None).run(check_cancelled))


def test_what_waits_is_told_until_it_has_ended() -> None:
    """Catches a wait that began just after the cancellation, and a call of what is gone."""
    cancellation = Cancellation()
    told: list[int] = []

    def work() -> None:
        with when_cancelled(lambda: told.append(1)):
            cancellation.cancel()
        cancellation.cancel()
        with when_cancelled(lambda: told.append(2)):
            pass

    context_with(cancellation).run(work)
    assert told == [1, 2]
