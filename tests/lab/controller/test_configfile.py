from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cccl.configfile import ConfigError, ConfigFile, parse


def test_reads_what_the_real_controller_writes(recorded: str) -> None:
    config = parse(recorded)
    assert config.url == "https://127.0.0.1"
    assert config.partitions == ("k8s",)
    assert config.verify_interval == 30
    assert config.resources is not None
    assert [v["name"] for v in config.resources["k8s"]["virtualServers"]] == ["default_nginx-deploy-svc.vs"]


def test_no_resources_section_means_not_known_yet(recorded: str) -> None:
    data = json.loads(recorded)
    del data["resources"]
    assert parse(json.dumps(data)).resources is None
    assert parse(json.dumps(data | {"resources": {}})).resources == {}


def test_names_everything_that_is_missing() -> None:
    with pytest.raises(ConfigError, match=r"no bigip\.url and no bigip\.partitions"):
        parse('{"global": {}}')


def test_reports_a_change_once(tmp_path: Path, recorded: str) -> None:
    path = tmp_path / "config.json"
    file = ConfigFile(str(path))
    assert file.changed() is None
    path.write_text(recorded)
    assert file.changed() is not None
    assert file.changed() is None
    path.write_text(recorded.replace("10.244.1.7", "10.244.1.70"))
    assert file.changed() is not None


def test_a_text_that_is_not_whole_is_read_again(tmp_path: Path, recorded: str) -> None:
    path = tmp_path / "config.json"
    file = ConfigFile(str(path))
    path.write_text(recorded[:300])
    assert file.changed() is None
    path.write_text(recorded)
    assert file.changed() is not None


def test_waits_for_the_writers_lock(tmp_path: Path, recorded: str) -> None:
    """fcntl locks are held by a process, so the writer must be another one."""

    path = tmp_path / "config.json"
    path.write_text("")
    code = (
        "import fcntl, sys, time\n"
        "f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print('locked', flush=True)\n"
        "f.write(sys.stdin.read()); time.sleep(0.5); f.close()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None and writer.stdin is not None
        assert writer.stdout.readline() == "locked\n"
        writer.stdin.write(recorded)
        writer.stdin.close()
        assert ConfigFile(str(path)).changed() is not None
