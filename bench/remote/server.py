"""The latency server: its process, and what it has counted."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, Self

if TYPE_CHECKING:
    from types import TracebackType

BINARY: Final = Path(__file__).parents[1] / "latency_server/target/release/latency-server"
BUCKET: Final = "bench"


class Counts(NamedTuple):
    """What has passed since the last reset."""

    requests: dict[str, int]
    """By kind: `GET`, `HEAD`, `PUT` and so on."""

    received: int
    sent: int
    most_in_flight: int

    @property
    def total(self) -> int:
        """The number of requests."""
        return sum(self.requests.values())


class Server(Protocol):
    """A server of objects that counts; the tests have another one."""

    @property
    def url(self) -> str:
        """Scheme, host and port."""

    def set_latency(self, seconds: float) -> None:
        """Set the time of each request."""

    def reset(self) -> None:
        """Start all counts anew."""

    def counts(self) -> Counts:
        """Return the counts."""


class LatencyServer:
    """The program in `bench/latency_server`, which runs until the context ends."""

    def __init__(self, binary: Path = BINARY) -> None:
        if not binary.exists():
            raise RuntimeError(f"{binary.name} is not built; run `./dev bench --remote`.")
        self._process = subprocess.Popen(
            [binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = f"http://{self._answer().removeprefix('listening ')}"

    def set_latency(self, seconds: float) -> None:
        """Set the time of each request."""
        self._say(f"latency {seconds * 1e3}")

    def set_bandwidth(self, bytes_per_second: int) -> None:
        """Set the rate that all connections share; zero is no limit."""
        self._say(f"bandwidth {bytes_per_second}")

    def fail(self, requests: int) -> None:
        """Let the next requests fail with 503."""
        self._say(f"fail {requests}")

    def reset(self) -> None:
        """Start all counts anew."""
        self._say("reset")

    def counts(self) -> Counts:
        """Return the counts."""
        return Counts(**json.loads(self._ask("counts")))

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _say(self, command: str) -> None:
        answer = self._ask(command)
        if answer != "ok":
            raise RuntimeError(f"the latency server does not take `{command}`: {answer}")

    def _ask(self, command: str) -> str:
        assert self._process.stdin is not None
        print(command, file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the latency server has ended")
        return line.strip()
