"""A place whose documents are requested once."""

from __future__ import annotations

from zarr._engine.nodes.read_once import reading_once
from zarr.abc.store import RangeByteRequest
from zarr.core.buffer import cpu
from zarr.core.sync import sync
from zarr.storage import MemoryStore, StorePath


class Counting(MemoryStore):
    """Records the keys that are requested."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str] = []

    async def get(self, key: str, *args: object, **options: object) -> cpu.Buffer | None:
        self.keys.append(key)
        return await super().get(key, *args, **options)  # type: ignore[arg-type, return-value]


def test_documents_are_requested_once_and_all_else_each_time() -> None:
    """Catches a part of a value, or the value of another node, that is taken from what was read."""
    store = Counting()

    async def run() -> None:
        for key in ("g/zarr.json", "g/a/zarr.json"):
            await store.set(key, cpu.Buffer.from_bytes(key.encode()))
        async with reading_once(StorePath(store, "g"), 3) as once:
            for _ in range(2):
                value = await (once / "zarr.json").get()
                assert value is not None
                assert value.to_bytes() == b"g/zarr.json"
                inner = await (once / "a" / "zarr.json").get()
                assert inner is not None
                assert inner.to_bytes() == b"g/a/zarr.json"
            part = await (once / "zarr.json").get(byte_range=RangeByteRequest(0, 1))
            assert part is not None
            assert part.to_bytes() == b"g"
            assert once == StorePath(store, "g")

    sync(run())
    assert sorted(store.keys) == sorted(["g/zarr.json"] * 2 + ["g/a/zarr.json"] * 2)
