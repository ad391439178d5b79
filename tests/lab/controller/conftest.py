"""Puts the driver's folder on the path, as its own start does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT / "lab" / "controller"), str(ROOT / "lab")]


@pytest.fixture
def recorded() -> str:
    """The file that the real controller wrote."""
    return (ROOT / "tests" / "fixtures" / "controller" / "cccl-driver-config.json").read_text(encoding="utf-8")
