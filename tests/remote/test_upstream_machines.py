"""Upstream's state machines of stores and hierarchies, over a server of S3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

import _zarrs_bindings as zb
import zarr
from tests.remote import stores
from tests.remote.test_upstream_store import Opened
from zarr.storage import ObjectStore
from zarr.testing.stateful import ZarrHierarchyStateMachine, ZarrStoreStateMachine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.remote.server import Server

# Everything that is stored is listed after each step. A failure is shown as it is found, because
# a smaller one takes minutes to find.
FEW = settings(
    max_examples=8,
    stateful_step_count=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def run(make: Any) -> None:
    """Run a machine that a function makes."""
    run_state_machine_as_test(make, settings=FEW)


# zarr-python's own `ObjectStore` fails: of an empty value, obstore returns no range.
@pytest.mark.slow
def test_values_are_those_of_a_dictionary(server: Server) -> None:
    """Catches a value, range, size or list that depends on what was done before."""
    run(lambda: ZarrStoreStateMachine(Opened(server)))
    assert server.gets("PUT")


# Under a condition, a chunk of which a part was emptied is stored, and not deleted as in memory.
SETTINGS: dict[str, dict[str, Any]] = {
    "under conditions": {"array.write_empty_chunks": True},
    "without conditions": {"array.engine_options": {"locking": "threads"}},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("engine", ["zarrs", "reference"])
@pytest.mark.filterwarnings("ignore::zarr.core.dtype.common.UnstableSpecificationWarning")
def test_a_hierarchy_is_that_in_memory(
    server: Server, engine: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches nodes and elements that differ after they were replaced, resized or deleted."""
    listing: Any = ObjectStore.list_dir

    async def list_dir(store: Any, prefix: str) -> AsyncIterator[str]:
        async for name in listing(store, prefix):
            yield name

    # The machine calls it outside of an event loop, where zarr-python's fails.
    monkeypatch.setattr(ObjectStore, "list_dir", list_dir)
    before = zb.counters()["requests"]
    with zarr.config.set({"array.engine": engine, **SETTINGS[name]}):
        run(lambda: ZarrHierarchyStateMachine(stores.native(server)))
    assert server.gets("PUT")
    assert (zb.counters()["requests"] > before) == (engine == "zarrs")
