# SPDX-License-Identifier: Apache-2.0
"""Hardware profiles."""
import logging

import pytest
from models import ROOT

from coracle import Profile, Status


def test_stock_profiles():
    names = Profile.names()
    assert "raspberry-pi-4" in names
    profile = Profile.find("raspberry-pi-4")
    assert profile.name == b"raspberry-pi-4" and profile.core_count == 4
    assert profile.clusters[0].type == b"cortex-a72"


def test_this_machine():
    profile = Profile.detect()
    assert profile.core_count >= 1 and profile.thread_count >= 1


def test_reads_json(caplog):
    text = (ROOT / "edge-profiles/raspberry-pi-4.json").read_text()
    assert Profile.parse(text).level2_bytes == Profile.find("raspberry-pi-4").level2_bytes
    assert Profile.load(ROOT / "edge-profiles/raspberry-pi-4.json").name == b"raspberry-pi-4"
    with caplog.at_level(logging.WARNING, "coracle"):
        Profile.parse(text.replace("{", '{"colour": 3,', 1))
    assert "colour" in caplog.text


def test_an_exception_of_the_logger_is_raised(monkeypatch):
    def fail(*_):
        raise ZeroDivisionError
    monkeypatch.setattr(logging.getLogger("coracle"), "log", fail)
    text = (ROOT / "edge-profiles/raspberry-pi-4.json").read_text().replace("{", '{"colour": 3,', 1)
    for wrong in ("", "}"):
        with pytest.raises(ZeroDivisionError):
            Profile.parse(text + wrong)


def test_refuses_what_is_no_profile(refused, tmp_path):
    assert "line" in refused(Status.INVALID_ARGUMENT, Profile.parse, "{").message
    refused(Status.INVALID_ARGUMENT, Profile.parse, b"\xff\x00")
    refused(Status.IO, Profile.load, tmp_path / "absent.json")
    refused(Status.NOT_FOUND, Profile.find, "abacus")
