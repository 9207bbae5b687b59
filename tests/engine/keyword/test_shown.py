"""Decorators that show the keyword, and leave the rest to code that is imported later."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import zarr
from zarr._engine.keyword.shown import Unseen, passed_as, shown_as, shown_later

SIGNATURES: Any = Unseen()


def made(**kwargs: Any) -> Any:
    """Make it."""
    return zarr.create_array({}, shape=3, dtype="i2", **kwargs)


async def made_async(**kwargs: Any) -> Any:
    """Make it."""
    return made(**kwargs)


DECORATORS: dict[str, Any] = {
    "shown": shown_as(SIGNATURES.anything),
    "passed": passed_as(SIGNATURES.anything),
    "later": shown_later("keyword.decorators", "array_engine"),
}


@pytest.mark.parametrize("name", DECORATORS)
@pytest.mark.parametrize("function", [made, made_async])
def test_the_keyword_is_shown_before_the_first_call(name: str, function: Any) -> None:
    """Catches a keyword that help shows only once the function was called, or a lost `async`."""

    def copied(**kwargs: Any) -> Any:
        """Make it."""
        return function(**kwargs)

    async def copied_async(**kwargs: Any) -> Any:
        """Make it."""
        return await function(**kwargs)

    given = copied_async if function is made_async else copied
    shown = DECORATORS[name](given)
    assert [*inspect.signature(shown).parameters] == ["engine", "kwargs"]
    assert inspect.iscoroutinefunction(shown) == (function is made_async)
    assert "engine : str" in shown.__doc__
    assert shown.__name__ == given.__name__


@pytest.mark.parametrize("name", ["passed", "later"])
def test_what_is_made_later_takes_the_keyword(name: str) -> None:
    """Catches a keyword that reaches the function, or nobody."""
    if name == "later":
        assert DECORATORS[name](made)(engine="reference").engine == "reference"

    def within(**kwargs: Any) -> Any:
        return sorted(kwargs)

    passed: Any = passed_as(SIGNATURES.anything)(within)
    assert passed(engine="reference", other=1) == ["other"]
