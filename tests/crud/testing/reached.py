"""What a Hypothesis strategy draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hypothesis.strategies import SearchStrategy


def reached[T](
    strategy: SearchStrategy[T], kinds: Mapping[str, Callable[[T], Any]], count: int = 50
) -> set[str]:
    """Return the kinds that occur in some draws, which are the same at each run."""
    found: set[str] = set()

    @given(drawn=strategy)
    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def draw(drawn: T) -> None:
        found.update(name for name, holds in kinds.items() if holds(drawn))

    draw()
    return found
