"""``python -m fork.bump VERSION`` pins another upstream release and lists what needs review.

``--wheel FILE`` only lists, for a wheel that is not released: of upstream's main branch, say.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from fork import ForkError
from fork.fetch import ROOT, fetch_release
from fork.metadata import check_licences, check_metadata
from fork.pin import Pin, load_pin, tree_digest
from fork.place import locate
from fork.seam import load_seams
from fork.syntax import Source
from fork.upstream import Upstream, from_wheel
from fork.uses_record import survey_uses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["main", "repin", "survey"]


def repin(root: Path, pin: Pin) -> None:
    """Write `pin` to ``fork/upstream.toml``, and its version wherever the old one is required."""
    file = root / "fork" / "upstream.toml"
    old = load_pin(file)
    file.write_text("".join(f'{key} = "{value}"\n' for key, value in asdict(pin).items()))
    for name in ("pyproject.toml", "requirements/dev.in"):
        text = (root / name).read_text(encoding="utf-8")
        if f"zarr==={old.version}" not in text:
            raise ForkError(f"{name}: `zarr==={old.version}` is not there; pin it there by hand.")
        text = text.replace(f"zarr==={old.version}", f"zarr==={pin.version}")
        text = text.replace(f'version = "{old.version}+', f'version = "{pin.version}+')
        (root / name).write_text(text, encoding="utf-8")


def survey(root: Path, upstream: Upstream, pin: Pin) -> Iterator[str]:
    """A sentence for each problem that would stop a build on `upstream`, not only the first."""
    for path, seams in load_seams(root / "fork" / "seams").items():
        for seam in seams:
            if path in upstream.files:
                source = Source(path, upstream.files[path])
                yield from _refusal(lambda s=source, t=seam: locate(s, t))  # type: ignore[misc]  # bound per turn
            else:
                yield f"{seam}: upstream has no such file; move or delete the seam."
    try:
        yield from survey_uses(root, upstream.files)
    except ForkError as error:
        yield str(error)
    yield from _refusal(lambda: check_metadata(root / "pyproject.toml", upstream, pin))
    yield from _refusal(lambda: check_licences(root / "LICENSES" / "zarr-python", upstream))


def _refusal(check: Callable[[], object]) -> Iterator[str]:
    try:
        check()
    except ForkError as error:
        yield str(error)


def main(arguments: list[str] | None = None) -> int:
    """Pin the named release; exit with 1 as long as something needs review."""
    parser = argparse.ArgumentParser(prog="python -m fork.bump", description=__doc__)
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("version", nargs="?", help="the upstream release to pin")
    which.add_argument("--wheel", type=Path, help="a wheel of upstream; nothing is changed")
    options = parser.parse_args(arguments)
    if options.wheel is not None:
        return _reported(options.wheel.name, _surveyed(options.wheel), "fits")
    version = options.version
    try:
        wheel, sdist = fetch_release(version)
        upstream = from_wheel(wheel)
        pin = Pin(
            version=version,
            wheel_sha256=sha256(wheel.read_bytes()).hexdigest(),
            sdist_sha256=sha256(sdist.read_bytes()).hexdigest(),
            tree_sha256=tree_digest({f"zarr/{p}": data for p, data in upstream.files.items()}),
        )
        repin(ROOT, pin)
        found = list(survey(ROOT, upstream, pin))
    except ForkError as error:
        found = [str(error)]
    return _reported(f"zarr {version}", found, "is pinned")


def _surveyed(wheel: Path) -> list[str]:
    """What would stop a build on a wheel, compared with the pinned release."""
    try:
        return list(survey(ROOT, from_wheel(wheel), load_pin(ROOT / "fork" / "upstream.toml")))
    except ForkError as error:
        return [str(error)]


def _reported(name: str, found: list[str], good: str) -> int:
    for sentence in found:
        print(f"zarr fork: {sentence}", file=sys.stderr)
    print(f"{name}: {len(found)} to look at" if found else f"{name} {good}")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
