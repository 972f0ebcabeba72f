"""The three addons are wheels that can be installed."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADDONS = ["credit_control", "credit_control_report", "credit_insurance"]


@pytest.mark.parametrize("addon", ADDONS)
def test_wheel_builds_and_installs(addon: str, tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    target = tmp_path / "target"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    wheel = ["wheel", "--no-deps", "--no-build-isolation", "-w", dist, ROOT / addon]
    subprocess.run([*pip, *wheel], check=True)
    (built,) = dist.iterdir()
    assert built.name.startswith(f"odoo_addon_{addon}-19.0.")
    subprocess.run(
        [*pip, "install", "--no-deps", "--target", target, built], check=True
    )
    installed = target / "odoo" / "addons" / addon
    assert (installed / "__manifest__.py").is_file()
    names = zipfile.ZipFile(built).namelist()
    assert not [name for name in names if name.endswith(".pyc")]
