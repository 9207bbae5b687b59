"""The overlay in folders, as its own tests have it."""

from tests.overlay.conftest import folders, overlay_wheel

__all__ = ["folders", "overlay_wheel"]
