"""A store in Python whose values arrive one after the other, in an order that a test chooses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.bindings.support import Bridge, Request

type Ask = tuple[int, int, Request]
type Answer = tuple[int, int, memoryview | None, str | None, BaseException | None]


@dataclass
class Fed(Bridge):
    """A dict as a store that answers requests while others are under way."""

    following: Callable[[list[Ask]], int] = lambda waiting: 0
    """Which of the requests under way is answered next."""

    failures: dict[str, BaseException] = field(default_factory=dict)
    feeds: list[Feed] = field(default_factory=list)

    def feed(self) -> Feed:
        self.feeds.append(Feed(self))
        return self.feeds[-1]


class Feed:
    """The requests of one call."""

    def __init__(self, bridge: Fed) -> None:
        self.bridge = bridge
        self.waiting: list[Ask] = []
        self.most = self.begun = 0
        self.last = float("inf")
        self.is_closed = False

    def ask(self, asks: list[Ask]) -> None:
        self.waiting += asks
        self.begun += len(asks)
        self.most = max(self.most, len(self.waiting))

    def take(self) -> list[Any]:
        job, number, request = self.waiting.pop(self.bridge.following(self.waiting))
        failure = self.bridge.failures.get(request[0])
        if job > self.last or failure is not None:
            return [(job, number, None, None, failure)]
        return [(job, number, self.bridge.get(*request), None, None)]

    def stop_after(self, job: int) -> None:
        self.last = min(job, self.last)

    def close(self) -> None:
        self.is_closed = True
