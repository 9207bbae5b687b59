"""Each cell: the right result or an error that names the key, and old or new stored values."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import zarr
from tests.remote.matrix.faults import FAULTS, Fault
from tests.remote.matrix.outcomes import check_error, check_versions, right, stored
from tests.remote.matrix.selected import selected
from tests.remote.matrix.verbs import PROTOCOLS, VERBS, Verb, comparable
from tests.remote.matrix.ways import ENGINES, reached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.remote.server import Reply, Request, Server

MOST = 400
"""More requests than any call of a cell has a reason to send."""


class Cell(NamedTuple):
    """A fault in a call."""

    fault: Fault
    mode: str
    verb: Verb
    layout: str
    way: str
    protocol: str

    def may_fail(self) -> bool:
        """Return whether an error is as good as the right result."""
        return self.mode == "always" or self.way != "native" or not self.fault.passes

    def __str__(self) -> str:
        names = self.fault.name.replace(" ", "_"), self.mode, self.verb.name
        return "-".join((*names, self.layout, self.way, self.protocol))


def cells() -> Iterator[Cell]:
    """All cells."""
    for fault in FAULTS:
        for verb in VERBS:
            if verb.does not in fault.does or (verb.does == "bytes" and fault.lies):
                continue
            for mode in fault.modes:
                for layout in verb.layouts:
                    for way in fault.ways:
                        for protocol in PROTOCOLS[verb.does]:
                            yield Cell(fault, mode, verb, layout, way, protocol)


def inject(server: Server, cell: Cell) -> None:
    """Let the server answer wrongly."""
    before = dict(server.objects)
    seen: Counter[Any] = Counter()

    def hook(request: Request, reply: Reply) -> None:
        if cell.mode == "once":
            at: Any = request.method, request.path, request.query, request.range
            seen[at] += 1
            is_due = seen[at] == 1
        else:
            seen[()] += 1
            is_due = seen[()] > cell.fault.first
        if is_due and cell.fault.answers(request):
            if not cell.fault.applied:
                undo(server, request, before)
            cell.fault.answer(server, request, reply)

    server.hook = hook


def undo(server: Server, request: Request, before: dict[str, bytes]) -> None:
    """Let a refused change not have happened."""
    if request.method in ("PUT", "DELETE"):
        server.objects.pop(request.path, None)
        if request.path in before:
            server.objects[request.path] = before[request.path]
    elif request.method == "POST":
        for path, value in before.items():
            if path.partition("/")[2].encode() in request.body:
                server.objects.setdefault(path, value)


@pytest.mark.parametrize("cell", selected(cells(), 97), ids=str)
def test_a_call_is_right_or_an_error(server: Server, cell: Cell) -> None:
    """Catches other elements, a lost or torn value, a strange error, a hang, and a secret told."""
    document, objects = stored(cell.layout)
    expected = right(cell.verb, cell.layout, cell.way)
    server.objects = dict(objects)
    attempts = 3 if cell.mode == "once" else 2
    store = reached(
        server.url, cell.way, cell.protocol, attempts=attempts, seconds=cell.fault.seconds
    )
    inject(server, cell)
    error = None
    with zarr.config.set({"array.engine": ENGINES[cell.way]}):
        try:
            found = cell.verb.run(document, store)
        except Exception as raised:  # noqa: BLE001 - its class is checked
            error = raised
    server.hook = None
    if error is not None:
        assert cell.may_fail(), error
        check_error(error, cell.verb, cell.way)
    elif cell.fault.name == "replaced":
        check_versions(found, cell.way)
        return
    else:
        assert comparable(found) == expected.result
        assert server.objects == expected.objects
    for path in {*server.objects, *objects}:
        known = [objects.get(path), expected.objects.get(path)]
        assert server.objects.get(path) in known, f"{path} is neither old nor new"
    assert len(server.requests) < MOST
