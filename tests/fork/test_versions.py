"""The distributions of a release have versions that belong together."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from fork.pin import load_pin

ROOT = Path(__file__).parents[2]


def toml(path: str) -> dict[str, object]:
    return tomllib.loads((ROOT / path).read_text(encoding="utf-8"))


def versions() -> dict[str, str]:
    """The version in each place."""
    found = {}
    for path in (
        "pyproject.toml",
        "packages/zarr-crud/pyproject.toml",
        "packages/zarrs-bindings/pyproject.toml",
        "packages/zarrs-drop-in/pyproject.toml",
    ):
        project = toml(path)["project"]
        assert isinstance(project, dict)
        found[path] = project["version"]
    package = toml("packages/zarrs-bindings/Cargo.toml")["package"]
    assert isinstance(package, dict)
    found["packages/zarrs-bindings/Cargo.toml"] = package["version"]
    return found


def test_all_distributions_have_one_version() -> None:
    """Catches a release of which one part is of another version."""
    found = versions()
    fork = found.pop("pyproject.toml")
    upstream, _, ours = fork.partition("+crud.")
    assert set(found.values()) == {ours}
    assert upstream == load_pin(ROOT / "fork" / "upstream.toml").version


def test_the_instructions_name_what_exists() -> None:
    """Catches steps of a release that nobody can follow any more."""
    text = (ROOT / "RELEASE.md").read_text(encoding="utf-8")
    verbs = re.findall(r"\./dev ([a-z-]+)", text)
    usage = (ROOT / "dev").read_text(encoding="utf-8")
    assert verbs
    assert all(re.search(rf"^  {verb}\b", usage, re.MULTILINE) for verb in verbs)
    paths = re.findall(r"`((?:packages|tests|bench)/[\w./-]+\.\w+)`", text)
    assert paths
    assert all((ROOT / path).exists() for path in paths if "DATE" not in path)


def test_workflows_call_what_exists() -> None:
    """Catches a job that fails because a verb or a file has another name now."""
    usage = (ROOT / "dev").read_text(encoding="utf-8")
    files = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    assert len(files) == 3
    for file in files:
        text = file.read_text(encoding="utf-8")
        for verb in re.findall(r"\./dev ([a-z-]+)", text):
            assert re.search(rf"^  {verb}\b", usage, re.MULTILINE), (file.name, verb)
        for path in re.findall(r"python (tests/\S+\.py)|bash (\.ci/\S+)", text):
            assert (ROOT / (path[0] or path[1])).is_file(), (file.name, path)
