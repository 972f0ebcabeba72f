"""Installing, updating and uninstalling leaves nothing in Odoo's log."""

import os
import re
import subprocess
import sys

import pytest

CONFIG = os.environ.get("CREDIT_CONTROL_CONFIG")
ADDONS = "credit_control,credit_control_report,credit_insurance"
BAD = re.compile(r" (WARNING|ERROR|CRITICAL) ")

pytestmark = pytest.mark.skipif(
    not CONFIG, reason="needs the databases of ./setup/test: run it through that"
)


def odoo(*arguments: str) -> str:
    """Run Odoo and return its log."""
    done = subprocess.run(
        [sys.executable, "-m", "odoo", *arguments], capture_output=True, text=True
    )
    log = done.stdout + done.stderr
    assert done.returncode == 0, log[-5000:]
    return log


def complaints(log: str) -> list[str]:
    return [line for line in log.splitlines() if BAD.search(line)]


def install(database: str, addons: str, *options: str) -> str:
    common = ("-c", str(CONFIG), "-d", database, "--stop-after-init", "--no-http")
    return odoo(*common, *options, "-i", addons)


def query(database: str, statement: str) -> str:
    command = ["psql", "-d", database, "-Atc", statement]
    return subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.parametrize(
    "addons", ["credit_control", "credit_control_report", "credit_insurance", ADDONS]
)
def test_install_says_nothing(database: str, addons: str) -> None:
    assert complaints(install(database, addons)) == []


def test_update_says_nothing(database: str) -> None:
    install(database, ADDONS)
    log = odoo(
        "-c",
        str(CONFIG),
        "-d",
        database,
        "--stop-after-init",
        "--no-http",
        "-u",
        ADDONS,
    )
    assert complaints(log) == []


def test_uninstall_is_clean(database: str) -> None:
    install(database, ADDONS)
    log = odoo(
        "module", "uninstall", "-c", str(CONFIG), "-d", database, "credit_control"
    )
    assert complaints(log) == []
    left = "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'credit\\_%'"
    assert query(database, left) == "0"
    columns = (
        "SELECT count(*) FROM information_schema.columns"
        " WHERE table_name IN ('res_partner', 'account_move', 'account_move_line',"
        " 'res_company') AND column_name LIKE 'credit\\_%\\_%'"
        " AND column_name NOT IN ('credit_limit')"
    )
    assert query(database, columns) == "0"
    models = "SELECT count(*) FROM ir_model WHERE model LIKE 'credit.%'"
    assert query(database, models) == "0"
