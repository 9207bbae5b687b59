"""Download upstream's published files with the package client, checked by hash, and only once."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from fork import ForkError

if TYPE_CHECKING:
    from fork.pin import Pin

__all__ = ["ROOT", "fetch_other", "fetch_release", "fetch_sdist", "fetch_wheel"]

ROOT = Path(__file__).resolve().parent.parent
_CACHE = ROOT / "build" / "upstream"


def fetch_wheel(pin: Pin) -> Path:
    """The path of the pinned wheel; downloaded on first use."""
    name = f"zarr-{pin.version}-py3-none-any.whl"
    return _fetch(name, pin, pin.wheel_sha256, "--only-binary")


def fetch_sdist(pin: Pin) -> Path:
    """The path of the pinned source distribution; downloaded on first use."""
    return _fetch(f"zarr-{pin.version}.tar.gz", pin, pin.sdist_sha256, "--no-binary")


def fetch_other(name: str, version: str, digest: str) -> Path:
    """The path of the source distribution of another project; downloaded on first use."""
    return _fetched(name, f"{name}-{version}.tar.gz", version, digest, "--no-binary")


def fetch_release(version: str) -> tuple[Path, Path]:
    """Wheel and source distribution of a release that is not pinned yet."""
    _download(f"zarr==={version}", "--only-binary")
    _download(f"zarr==={version}", "--no-binary")
    return _CACHE / f"zarr-{version}-py3-none-any.whl", _CACHE / f"zarr-{version}.tar.gz"


def _fetch(name: str, pin: Pin, digest: str, kind: str) -> Path:
    return _fetched("zarr", name, pin.version, digest, kind)


def _fetched(project: str, name: str, version: str, digest: str, kind: str) -> Path:
    file = _CACHE / name
    if not file.is_file() or sha256(file.read_bytes()).hexdigest() != digest:
        _download(f"{project}==={version} --hash=sha256:{digest}", kind, project)
    return file


def _download(requirement: str, kind: str, project: str = "zarr") -> None:
    _CACHE.mkdir(parents=True, exist_ok=True)
    # Download into a separate folder, then move: two processes may want the same file at once.
    with TemporaryDirectory(dir=_CACHE) as name:
        scratch = Path(name)
        wanted = scratch / "requirement.txt"
        wanted.write_text(requirement, encoding="utf-8")
        # The client asks the build backend of an sdist for its metadata.
        client = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        if project != "zarr":
            client.append("--no-build-isolation")
        done = subprocess.run(
            [*client, kind, project, "--dest", str(scratch), "--requirement", str(wanted)],
            capture_output=True,
            text=True,
            check=False,
        )
        for file in scratch.glob(f"{project}-*"):
            file.replace(_CACHE / file.name)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise ForkError(
            f"The package client could not get `{requirement}` ({lines[-1].strip('. ')}); "
            "check the network and the pin."
        )
