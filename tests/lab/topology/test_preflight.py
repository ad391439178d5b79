"""What cannot work is reported in one line, before anything is changed."""

from __future__ import annotations

import os

import pytest
from topology import network, preflight, settings
from topology.shell import LabError


def told(action) -> str:
    with pytest.raises(LabError) as caught:
        action()
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_without_root(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "needs root (or sudo)" in told(preflight.check)


def test_another_distribution(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(preflight, "suite", lambda: "")
    assert "another distribution" in told(preflight.check)


def test_a_kernel_that_refuses_interfaces(monkeypatch):
    monkeypatch.setattr(preflight, "succeeds", lambda *argv: "bridge" not in argv[-1])
    assert "refuses `ip link add b0 type bridge`" in told(preflight._interfaces)


def test_a_namespace_of_others_is_not_taken_for_the_labs(monkeypatch, tmp_path):
    monkeypatch.setattr(network, "namespaces", lambda: ["podroute-fabric"])
    monkeypatch.setattr(settings, "STATE", tmp_path / "none")
    assert "podroute-fabric are in use" in told(preflight.refuse_foreign)
