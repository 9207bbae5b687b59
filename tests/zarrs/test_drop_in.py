"""The distribution `zarrs-drop-in`: the module `zarrs`, unless another one has it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2] / "packages" / "zarrs-drop-in"

NAMES = """
import zarrs, zarrs.pipeline, zarrs.utils
import zarr.zarrs
assert zarrs.ZarrsCodecPipeline is zarr.zarrs.ZarrsCodecPipeline
for module in (zarrs, zarrs.pipeline, zarrs.utils):
    for name in module.__all__:
        assert name == "__version__" or getattr(module, name) is getattr(zarr.zarrs, name)
print(zarrs.__version__)
"""


def run(code: str, *installed: str) -> subprocess.CompletedProcess[str]:
    """Run code where only these distributions are known, beside the module."""
    known = dict.fromkeys(installed, "1.2.3")
    head = (
        "import importlib.metadata as m, sys\n"
        f"sys.path.insert(0, {str(ROOT / 'src')!r})\n"
        "import zarr\n"
        f"known, find = {known}, m.version\n"
        "def version(name):\n"
        "    if name in known: return known[name]\n"
        "    raise m.PackageNotFoundError(name)\n"
        "m.version = version\n"
    )
    command = [sys.executable, "-c", head + code]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_names_of_the_other_package_are_there() -> None:
    """Catches a program whose import fails, or that gets another class than the configured one."""
    done = run(NAMES, "zarrs-drop-in")
    assert (done.stdout.strip(), done.stderr) == ("1.2.3", "")


def test_beside_the_other_package_the_import_says_what_to_do() -> None:
    """Catches two packages that overwrite each other's files without a word."""
    done = run("import zarrs", "zarrs-drop-in", "zarrs")
    assert done.returncode == 1
    assert "'zarrs' 1.2.3 and 'zarrs-drop-in' are both installed" in done.stderr
    assert "pip uninstall zarrs-drop-in zarrs" in done.stderr
