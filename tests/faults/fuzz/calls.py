"""The results of both engines for one damaged chunk, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tests.faults.fuzz.outcomes import Outcome, outcome, same
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt

    from tests.faults.fuzz.chain import Chain
    from zarr.abc.store import Store

OPTIONS: Final = crud.Options(decoded_size_budget=4 << 20)
GUARD: Final = 64

WHOLE: Final = ("chunk", "whole")
"""Calls for which all that is stored is looked at; others may miss damage beside their part."""

STRICTER: Final = ("bz2", "gzip", "sharding_indexed")
"""Codecs of which the extension refuses more than zarr-python: bytes after the end of a bz2 stream,
a gzip header whose own checksum is wrong, and any lie in the index of a shard."""

UNSAFE: Final = ("blosc", "pcodec")
"""Codecs whose decoder in Python may end the process on a damaged chunk. That of blosc reads as far
as the header tells, beyond the end of what is stored; pcodec's takes as much memory as it tells."""


@dataclass
class Judge:
    """Reads damaged chunks of one chain, and collects the findings."""

    chain: Chain
    folder: Path
    seen: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.document = self.chain.document
        self.whole = self.chain.stored.whole()
        self.index = (0,) * len(self.chain.shape)
        self.key = self.document.array.encode_chunk_key(self.index)
        self.memory, self.local = MemoryStore(), LocalStore(self.folder)
        self.file = self.folder / self.key
        self.file.parent.mkdir(parents=True, exist_ok=True)
        serves = crud.explain(self.document, self.memory)["reference"].serves
        self.writes = crud.explain(self.document, self.memory, operation="write_region")[
            "zarrs"
        ].serves
        self.has_oracle = serves and not any(codec in self.document.text for codec in UNSAFE)
        self.strict = not any(codec in self.document.text for codec in STRICTER)
        codecs = [codec["name"] for codec in self.chain.codecs]
        self.is_sharded = codecs == ["sharding_indexed"]

    def verbs(self) -> dict[str, tuple[Any, str]]:
        """Selections within the chunk, with their dialect, and verbs without a dialect."""
        extents = self.chain.chunk
        last = tuple(extent - 1 for extent in extents)
        box = tuple(slice(extent // 3, extent // 2 + 1) for extent in extents)
        points = tuple(np.array([e - 1, 0, e // 2, e // 2]) for e in extents)
        return {
            "part": (box, "basic"),
            "steps": (tuple(slice(1, extent, 3) for extent in extents), "basic"),
            "points": (points, "coordinate"),
            "lists": (tuple(np.array([3, 0]) for _ in extents), "orthogonal"),
            "first": ((0,) * len(extents), "basic"),
            "last": (last, "basic"),
            "whole": (tuple(slice(0, extent) for extent in extents), "basic"),
        }

    def calls(self, store: Store, engine: Any) -> Iterator[tuple[str, Callable[[], Any], Any]]:
        """All calls on a store: the name, the call, and the part of the chunk's elements that it
        returns.
        """
        common: dict[str, Any] = {"engine": engine, "options": OPTIONS}
        document = self.document

        def region(selection: Any, kind: Any) -> Callable[[], Any]:
            return lambda: crud.read_region(document, store, selection, kind=kind, **common)

        yield "chunk", lambda: crud.read_chunk(document, store, self.index, **common), None
        for name, (selection, kind) in self.verbs().items():
            pick = np.ix_(*selection) if kind == "orthogonal" else selection
            yield name, region(selection, kind), pick
        if self.is_sharded:
            inner = crud.read_subchunk(
                self.document, MemoryStore(), self.index, engine=engine, detached=True
            ).shape
            pick = tuple(slice(0, extent) for extent in inner)
            yield (
                "subchunk",
                lambda: crud.read_subchunk(document, store, self.index, **common),
                pick,
            )

    def findings(self, data: bytes) -> Iterator[str]:
        """Read a damaged chunk in every way, with both engines."""
        self.memory._store_dict[self.key] = Buffer.from_bytes(data)
        self.file.write_bytes(data)
        expected, whole = {}, None
        for name, call, pick in self.calls(self.memory, "reference") if self.has_oracle else ():
            found = expected[name] = outcome(call)
            yield from self.sound(f"reference {name}", found, {"DecodeError", "MemoryError"})
            if pick is None:
                whole = found.value
            elif whole is not None and found.value is not None:
                yield from same(f"reference {name} and chunk", found, Outcome(whole[pick]))
        for kind, store in (("memory", self.memory), ("local", self.local)):
            whole = None
            for name, call, pick in self.calls(store, "zarrs"):
                what = f"zarrs {kind} {name}"
                found = outcome(call)
                yield from self.sound(what, found, {"DecodeError"})
                theirs = expected.get(name, found)
                yield from self.compared(what, name, theirs, found)
                if found.value is not None and theirs.value is not None:
                    yield from same(f"{what} and reference", found, theirs)
                if pick is None:
                    whole = found.value
                    yield from self.guarded(what, store, found)
                elif whole is not None and found.value is not None:
                    yield from same(f"{what} and chunk", found, Outcome(whole[pick]))
        decoded = outcome(lambda: self.decode(data))
        yield from self.sound("zarrs decode", decoded, {"DecodeError"})
        if decoded.value is not None and whole is not None:
            yield from same("zarrs decode and chunk", decoded, Outcome(whole))
        yield from self.changed(data)

    def chunk(self, store: Store, out: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The chunk, in memory of the test."""
        return crud.read_chunk(
            self.document, store, self.index, out=out, engine="zarrs", options=OPTIONS
        )

    def part(self, store: Store, place: tuple[slice, ...]) -> Any:
        """A part of the chunk."""
        return crud.read_region(self.document, store, place, engine="zarrs", options=OPTIONS)

    def write(self, store: Store, place: tuple[slice, ...]) -> None:
        """Write a part of the chunk with its own values."""
        old = self.chain.value[place]
        crud.write_region(
            self.document, store, place, old, engine="zarrs", options=OPTIONS, detached=True
        )

    def decode(self, data: bytes) -> npt.NDArray[Any]:
        """The chunk, decoded without a store."""
        return crud.decode_chunk(self.document, data, engine="zarrs", options=OPTIONS)

    def compared(self, what: str, name: str, theirs: Outcome, found: Outcome) -> Iterator[str]:
        """Record which engine refused what the other decoded, and whether that is allowed."""
        key = name, theirs.word, found.word
        self.seen[key] += 1
        if theirs.word != found.word:
            self.examples.setdefault(key, (theirs.told or found.told)[:300])
            if name in WHOLE and found.value is not None and theirs.error == "DecodeError":
                yield f"{what} is a value, and the reference's a {theirs.error}: {theirs.told}"
            if self.strict and theirs.value is not None:
                yield f"{what} is a {found.error}, and the reference's a value: {found.told}"

    def sound(self, what: str, found: Outcome, errors: set[str]) -> Iterator[str]:
        """Report an error of another class than damage, or one that does not say where."""
        if found.error and found.error not in errors:
            yield f"{what}: {found.error}: {found.told}"
        if found.error == "DecodeError" and (self.key not in found.told or len(found.told) > 1000):
            yield f"{what}: {found.told[:2000]}"

    def guarded(self, what: str, store: Store, found: Outcome) -> Iterator[str]:
        """Report writes to memory beside a result, or results that were not written."""
        for filler in (0, 255):
            shape, dtype = self.chain.chunk, self.document.dtype
            size = int(np.prod(shape)) * dtype.itemsize
            buffer = np.full(size + 2 * GUARD, filler, "u1")
            out = buffer[GUARD:-GUARD].view(dtype).reshape(shape)
            again = outcome(partial(self.chunk, store, out))
            if (np.concatenate([buffer[:GUARD], buffer[-GUARD:]]) != filler).any():
                yield f"{what}: wrote beside its memory"
            if again.word != found.word:
                yield f"{what}: {found.word} at first, then {again.word} {again.told}"
            elif found.value is not None:
                yield from same(f"{what}, once more", again, found)

    def changed(self, data: bytes) -> Iterator[str]:
        """A failed partial write leaves the chunk as it was, and a successful one leaves a valid
        chunk.
        """
        place = tuple(slice(0, extent // 2) for extent in self.chain.chunk)
        for kind, store in (("memory", self.memory), ("local", self.local)):
            done = outcome(partial(self.write, store, place))
            what = f"zarrs {kind} write"
            if done.error != "UnsupportedError" or self.writes:
                yield from self.sound(what, done, {"DecodeError"})
            if done.error:
                if crud.read_encoded_chunk(self.document, store, self.index) != data:
                    yield f"{what}: failed, and changed what is stored"
                continue
            again = outcome(partial(self.part, store, place))
            yield from self.sound(f"{what}, then read", again, set())
