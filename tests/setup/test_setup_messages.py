"""What the set-up scripts say when something is missing, taken or wrong."""

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GIVEN = ("ODOO_", "PG", "CREDIT_CONTROL_", "PYTHONPATH")


def environment(cache: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(GIVEN)}
    return {**kept, "CREDIT_CONTROL_CACHE": str(cache), **more}


def bash(script: str, cache: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    """Run a script that has the functions of setup/lib.sh."""
    return subprocess.run(
        ["bash", "-c", f". '{ROOT}/setup/lib.sh'; {script}"],
        env=environment(cache, **more),
        capture_output=True,
        text=True,
    )


def complaint(script: str, cache: Path, **more: str) -> str:
    done = bash(script, cache, **more)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_port_taken_is_said_before_any_work(tmp_path: Path, taken_port: int) -> None:
    cache = tmp_path / "cache"
    done = subprocess.run(
        [ROOT / "setup" / "run", "--port", str(taken_port)],
        env=environment(cache),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert f"port {taken_port} is taken" in done.stderr
    assert "--port" in done.stderr
    assert not cache.exists()


@pytest.mark.parametrize("port", [[], ["soon"]])
def test_port_needs_a_number(tmp_path: Path, port: list[str]) -> None:
    done = subprocess.run(
        [ROOT / "setup" / "run", "--port", *port],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "--port needs a number" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "workers", "message"),
    [
        ([], "two", "CREDIT_CONTROL_WORKERS needs a number"),
        ([], "0", "CREDIT_CONTROL_WORKERS needs a number"),
        (["-n", "2"], "", "set CREDIT_CONTROL_WORKERS instead of -n"),
    ],
)
def test_number_of_test_processes(
    tmp_path: Path, arguments: list[str], workers: str, message: str
) -> None:
    cache = tmp_path / "cache"
    done = subprocess.run(
        [ROOT / "setup" / "test", *arguments],
        env=environment(cache, CREDIT_CONTROL_WORKERS=workers),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert message in done.stderr
    assert not cache.exists()


def odoo_home(folder: Path, version: str) -> Path:
    (folder / "odoo").mkdir(parents=True)
    release = folder / "odoo" / "release.py"
    release.write_text(f"version_info = {version}\n")
    return folder


def test_other_odoo_version(tmp_path: Path) -> None:
    home = odoo_home(tmp_path / "old", "(18, 0, 0, 'final', 0, '')")
    said = complaint("ensure_odoo", tmp_path, ODOO_HOME=str(home))
    assert f"{home} holds another version than Odoo 19.0" in said
    assert "unset" in said


def test_odoo_home_without_odoo(tmp_path: Path) -> None:
    said = complaint("ensure_odoo", tmp_path, ODOO_HOME=str(tmp_path / "nothing"))
    assert "holds no folder 'odoo'" in said


def test_given_odoo_is_used(tmp_path: Path) -> None:
    home = odoo_home(tmp_path / "odoo-19", "(19, 0, 0, FINAL, 0, '')")
    script = "ensure_odoo; echo $ODOO_PATH"
    assert bash(script, tmp_path, ODOO_HOME=str(home)).stdout == f"{home}\n"
    assert bash(script, tmp_path, PYTHONPATH=str(home)).stdout == f"{home}\n"


def test_importable_odoo_of_another_version_is_left_alone(tmp_path: Path) -> None:
    old = odoo_home(tmp_path / "old", "(18, 0, 0, 'final', 0, '')")
    script = "fetch_odoo() { die fetching; }; ensure_odoo"
    assert "fetching" in complaint(script, tmp_path, PYTHONPATH=str(old))


def test_postgres_that_does_not_answer(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    said = complaint("ensure_postgres", tmp_path, PGHOST=nowhere)
    assert f"PGHOST={nowhere} can't be used" in said
    assert "unset PGHOST" in said


@pytest.mark.parametrize(
    ("answer", "message"),
    [("postgres|t", "Odoo refuses"), ("sales|f", "ALTER ROLE sales CREATEDB")],
)
def test_postgres_user(tmp_path: Path, answer: str, message: str) -> None:
    script = f"psql() {{ echo '{answer}'; }}; ensure_postgres"
    assert message in complaint(script, tmp_path, PGHOST="db")


def test_little_room(tmp_path: Path) -> None:
    script = "free_kb() { echo 2000000; }; open_cache; echo went on"
    assert "less than 3 GB free" in complaint(script, tmp_path)
    # What is there already needs no room.
    odoo_home(tmp_path / "odoo-19", "")
    (tmp_path / "odoo-19" / "complete").touch()
    assert bash(script, tmp_path).stdout == "went on\n"


def test_full_disk_is_called_that(tmp_path: Path) -> None:
    log = tmp_path / "pip.log"
    log.write_text("OSError: [Errno 28] No space left on device\n")
    said = complaint(f"failed '{log}' 'Is there a network?'", tmp_path)
    assert "No space left on device" in said
    assert "the disk is full: make room" in said
    assert "network" not in said


def test_failed_step_shows_its_log(tmp_path: Path) -> None:
    log = tmp_path / "odoo.log"
    log.write_text("name resolution failed\n")
    said = complaint(f"failed '{log}' 'Is there a network?'", tmp_path)
    assert "name resolution failed" in said
    assert f"Is there a network? See {log}." in said


def test_cache_of_somebody_else(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    said = complaint("open_cache", file / "cache")
    assert "set CREDIT_CONTROL_CACHE to a folder of yours" in said


def test_packages_without_sudo(tmp_path: Path) -> None:
    script = (
        "have() { case $1 in soffice|sudo) return 1;; esac; };"
        "id() { echo 1000; }; mkdir -p $LOGS; ensure_system_packages"
    )
    said = complaint(script, tmp_path, PGHOST="db")
    assert "As root: apt-get install --no-install-recommends libreoffice-calc" in said


def test_second_call_waits(tmp_path: Path) -> None:
    script = f". '{ROOT}/setup/lib.sh'; free_kb() {{ echo 9000000; }}; open_cache;"
    first = subprocess.Popen(
        ["bash", "-c", f"{script} echo locked; read -r"],
        env=environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout and first.stdin
    assert first.stdout.readline() == "locked\n"
    second = subprocess.Popen(
        ["bash", "-c", f"{script} echo locked"],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert second.stdout
    assert "waiting for it" in second.stdout.readline()
    assert second.poll() is None
    first.communicate("\n")
    assert second.communicate()[0] == "locked\n"
