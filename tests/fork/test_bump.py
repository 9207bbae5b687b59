"""Pinning another release updates every place that names one, and checks all seams at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from fork import ForkError, bump, uses_listing
from fork.bump import repin, survey
from fork.pin import Pin, load_pin
from tests.fork.conftest import PYPROJECT, SEAM, THINGS, refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fork.conftest import Project

NEW = Pin(version="1.3.0", wheel_sha256="a", sdist_sha256="b", tree_sha256="c")


def test_a_new_pin_reaches_every_place(project: Project) -> None:
    """Catches two places that name different releases."""
    project.write("pyproject.toml", PYPROJECT + 'version = "1.2.3+crud.0.1"\n')
    project.write("requirements/dev.in", "zarr===1.2.3\n")
    repin(project.root, NEW)
    assert load_pin(project.root / "fork/upstream.toml") == NEW
    for name in ("pyproject.toml", "requirements/dev.in"):
        text = (project.root / name).read_text()
        assert "zarr===1.3.0" in text
        assert "1.2.3" not in text
    assert 'version = "1.3.0+crud.0.1"' in (project.root / "pyproject.toml").read_text()


def test_a_place_that_names_no_release_is_refused(project: Project) -> None:
    """Catches a bump that silently leaves the old requirement in place."""
    project.write("requirements/dev.in", "zarr\n")
    with pytest.raises(ForkError, match=r"requirements/dev.in: `zarr===1.2.3` is not there") as e:
        repin(project.root, NEW)
    refusal(e)


def test_the_survey_names_everything_at_once(project: Project) -> None:
    """Catches a survey that stops at the first broken seam, so that each seam takes another
    build.
    """
    project.seams(SEAM, SEAM | {"target": "Gone"})
    project.seams(SEAM, path="gone")
    project.write("LICENSES/zarr-python/LICENSE.txt", "do as you please\n")
    pin = load_pin(project.root / "fork/upstream.toml")
    assert [s.partition(":")[0] for s in survey(project.root, project.upstream, pin)] == [
        "gone.py",
        "things.py",
    ]
    changed = THINGS.replace("class Thing:", "class Thing(dict):").encode()
    files = project.upstream.files | {"things.py": changed}
    upstream = replace(project.upstream, files=files, requires=[])
    found = [s.partition(":")[0] for s in survey(project.root, upstream, pin)]
    assert found == ["gone.py", "things.py", "things.py", "pyproject.toml"]


def test_the_survey_names_what_our_packages_rely_on(project: Project) -> None:
    """Catches a release that changes the meaning of a private attribute while every import still
    works.
    """
    project.write("LICENSES/zarr-python/LICENSE.txt", "do as you please\n")
    project.write("src/zarr/mine/__init__.py", "def act(thing):\n    return thing._colour\n")
    pin = load_pin(project.root / "fork/upstream.toml")
    private = THINGS.replace("self.colour = colour", "self._colour = colour").encode()
    upstream = replace(project.upstream, files=project.upstream.files | {"things.py": private})
    (sentence,) = survey(project.root, upstream, pin)
    assert sentence.startswith("zarr.things.Thing._colour (used by src/zarr/mine/__init__.py): ")


@pytest.fixture
def rehearsal(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A checkout that is moved to a release in which `_colour`, which it uses, has changed."""
    changed = THINGS.replace("self.colour = colour", "self._colour = colour.upper()")
    project.write("LICENSES/zarr-python/LICENSE.txt", "do as you please\n")
    project.write("requirements/dev.in", "zarr===1.2.3\n")
    project.write("src/zarr/mine/__init__.py", "def act(thing):\n    return thing._colour\n")
    project.write("fork/uses.toml", 'public = []\n[guards]\n"zarr.things.Thing._colour" = "old"\n')
    files = project.upstream.files | {"things.py": changed.encode()}
    upstream = replace(project.upstream, version="1.3.0", files=files)
    wheel = tmp_path / "zarr-1.3.0"
    wheel.write_bytes(b"")
    for module in (bump, uses_listing):
        monkeypatch.setattr(module, "ROOT", project.root)
        monkeypatch.setattr(module, "from_wheel", lambda _: upstream)
    monkeypatch.setattr(bump, "fetch_release", lambda _: (wheel, wheel))
    monkeypatch.setattr(uses_listing, "fetch_wheel", lambda _: wheel)
    return project


def test_a_bump_is_not_done_until_the_uses_are_renewed(
    rehearsal: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """Catches a bump that reports success although the meaning of a use has changed."""
    for _ in range(2):
        assert bump.main(["1.3.0"]) == 1
        out, err = capsys.readouterr()
        assert out == "zarr 1.3.0: 1 to look at\n"
        assert "zarr.things.Thing._colour (used by src/zarr/mine/__init__.py): upstream has" in err
        assert "read `Thing._colour` in zarr.things" in err
        # Listing the uses does not update the record.
        assert uses_listing.main([]) == 1
        assert "_colour" in capsys.readouterr().out
    assert uses_listing.main(["--write"]) == 0
    assert capsys.readouterr().err == ""
    assert bump.main(["1.3.0"]) == 0
    assert capsys.readouterr().out == "zarr 1.3.0 is pinned\n"


def test_a_record_that_is_none_stops_the_bump(rehearsal: Project) -> None:
    """Catches a bump that reports success because there is no record of the uses."""
    (rehearsal.root / "fork/uses.toml").unlink()
    assert bump.main(["1.3.0"]) == 1


def test_a_wheel_is_only_looked_at(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a warning about upstream's next release that also changes the pin."""
    monkeypatch.setattr(bump, "ROOT", project.root)
    pinned = (project.root / "fork/upstream.toml").read_text()
    project.write("LICENSES/zarr-python/LICENSE.txt", "do as you please\n")
    given: list[Path] = []

    def read(wheel: Path) -> object:
        given.append(wheel)
        return project.upstream

    monkeypatch.setattr(bump, "from_wheel", read)
    wheel = project.root / "zarr-9.9-py3-none-any.whl"
    project.seams(SEAM)
    assert bump.main(["--wheel", str(wheel)]) == 0
    project.seams(SEAM | {"target": "Gone"})
    assert bump.main(["--wheel", str(wheel)]) == 1
    assert given == [wheel] * 2
    assert (project.root / "fork/upstream.toml").read_text() == pinned
