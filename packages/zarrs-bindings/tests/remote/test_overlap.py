"""Values are decoded while others are still on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import _zarrs_bindings as zb
import zarr
from tests.patience import in_thread, join
from tests.remote import stores

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server


def test_chunks_are_decoded_while_others_arrive(server: Server) -> None:
    """Catches a read that fetches all chunks first and decodes them then."""
    data = stores.make(server, (40, 16), chunks=(1, 16), compressors="auto")
    array = stores.opened(stores.native(server))
    before = zb.counters()["chunks_decoded"]

    def hook(request: Request, reply: Reply) -> None:
        if request.path.endswith("c/39/0"):
            # A read that decodes later would wait for this answer for ever.
            reply.when = lambda: zb.counters()["chunks_decoded"] >= before + 39

    found = []
    server.hook = hook
    join(in_thread(lambda: found.append(array[...])))
    assert np.array_equal(found[0], data)


def test_the_first_damaged_chunk_of_the_plan_is_named(server: Server) -> None:
    """Catches an error of a later chunk, if both have arrived."""
    stores.make(server, (2, 16), chunks=(1, 16), compressors="auto")
    array = stores.opened(stores.native(server))
    for key in ("c/0/0", "c/1/0"):
        server.objects[f"bucket/data/{key}"] = b"\x00garbage"
    with pytest.raises(RuntimeError, match=r"decode-failed: .*c/[01]/0"):
        array[...]
    with pytest.raises(RuntimeError, match=r"decode-failed: .*c/1/0"):
        array[1]


def test_a_codec_of_python_runs_in_a_native_read(server: Server) -> None:
    """Catches a codec that waits for the GIL, which the waiting thread must not hold."""
    data = stores.make(server, (40, 16), chunks=(4, 16), zarr_format=2, filters=[numcodecs.LZMA()])
    array = zarr.open_array(stores.native(server), mode="r", engine="zarrs")
    assert np.array_equal(array[...], data)


def test_a_large_read_holds_no_more_than_its_bound(server: Server) -> None:
    """Catches values that are requested without limit: each answer takes its room."""
    # Each chunk counts as 200 MiB decoded, so of two only one fits at a time.
    shape = (2, 200 << 20)
    zarr.create_array(
        stores.native(server), shape=shape, chunks=(1, 200 << 20), dtype="u1", fill_value=0
    )
    server.latency = 0.1
    array = stores.opened(stores.native(server))
    server.reset()
    assert array[:, 5].tolist() == [0, 0]
    assert (len(server.requests), server.most_in_flight) == (2, 1)


def test_the_bytes_in_flight_are_an_option(server: Server) -> None:
    """Catches a bound that nobody can change."""
    data = stores.make(server, (40, 1000), chunks=(1, 1000))
    array = stores.opened(stores.native(server))
    server.latency = 0.02
    for most in (1, 3):
        server.reset()
        options = {"engine_options": {"in_flight_bytes": most << 12}}
        assert np.array_equal(array.with_config(options)[...], data)
        assert server.most_in_flight == most
