"""What fails in one of several test processes fails the whole run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FAILING_SUBTEST = """
from datetime import date
from unittest import TestCase

class TestDays(TestCase):
    def test_days(self):
        for day in (date(2025, 1, 1), date(2026, 1, 1)):
            with self.subTest(day=day, of=object()):
                self.assertEqual(day.year, 2025)
"""
CRASH = """
import os

def test_crash():
    os._exit(3)
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FAILING_SUBTEST, "SUBFAILED(day='2026-01-01'"),
        (CRASH, "crashed while running"),
    ],
)
def test_failure_in_a_worker(tmp_path: Path, text: str, message: str) -> None:
    pytest.importorskip("odoo")
    (tmp_path / "test_it.py").write_text(text)
    paths = [str(ROOT / "setup"), os.environ.get("PYTHONPATH", "")]
    command = [sys.executable, "-m", "pytest", "-p", "no:odoo", "-p", "pytest_plugin"]
    done = subprocess.run(
        [
            *command,
            "-n",
            "2",
            "--max-worker-restart=0",
            "--rootdir",
            tmp_path,
            tmp_path,
        ],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert message in done.stdout
    assert "1 failed" in done.stdout.splitlines()[-1]
