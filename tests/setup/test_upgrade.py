"""A database of the version before, with the demo company in it, is updated: nothing in
the log, no row lost, the same cover.

The addons as they were come from git: the last commit before the versions in the
manifests were raised. A clone without that history has no version before; what a
migration script does is tested in its addon as well.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_install import CONFIG, complaints, odoo, query

REPO = Path(__file__).parents[2]
ADDONS = "credit_control_report,credit_insurance"
MANIFEST = "credit_insurance/__manifest__.py"
COUNTS = """SELECT string_agg(format('SELECT %L, count(*) FROM %I', t, t), ' UNION ALL ')
    FROM (SELECT table_name AS t FROM information_schema.tables
           WHERE table_type = 'BASE TABLE' AND table_name LIKE 'credit\\_%') t"""
# Asked with the addons of before and with those of today.
STORY = """
from datetime import date
import json
day = date.today()
if "BUILD" in globals():
    env["credit.demo"]._build(day, count=60)
    env.cr.commit()
clocks = env["credit.insurance.clock"]._clock_sql(day)
profiles = env["credit.profile"].search([], order="id")
policies = env["credit.insurance.policy"].search([], order="id")
print("FOUND " + json.dumps({
    "clocks": [[str(row[name]) for name in ("id", "policy_id", "first_due", "stop_date",
                "notify_date", "loss_date", "claim_date", "uncovered")]
               for row in sorted(env.execute_query_dict(clocks), key=lambda r: r["id"])],
    "cover": [[profile.id, str(split.secured), str(split.insured)]
              for profile, split in profiles._split_balances(
                  profiles._fetch_balances(day), day).items()],
    "policies": [[policy.id, str(policy.date_to), str(policy.notice_date),
                  policy.extension_days, policy.insured_percent] for policy in policies],
}))
"""

pytestmark = pytest.mark.skipif(
    not CONFIG, reason="needs the databases of ./setup/test: run it through that"
)


def git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(REPO), *arguments], capture_output=True, text=True
    )
    return done.stdout.strip() if done.returncode == 0 else ""


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Path]:
    """A configuration for the addons as they were."""
    raised = git("log", "-1", "--format=%H", '-G^    "version"', "--", MANIFEST)
    landed = raised and git("rev-parse", "--verify", f"{raised}^")
    if not landed:
        pytest.skip("this clone has no history: there is no version before")
    old = tmp_path / "addons"
    old.mkdir()
    archive = subprocess.run(
        ["git", "-C", str(REPO), "archive", landed], check=True, capture_output=True
    )
    subprocess.run(["tar", "-x", "-C", str(old)], check=True, input=archive.stdout)
    config = tmp_path / "odoo.conf"
    config.write_text(Path(str(CONFIG)).read_text().replace(str(REPO), str(old)))
    yield config
    shutil.rmtree(old)


def ask(config: Path | str, name: str, start: str = "") -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "odoo", "shell", "-c", str(config), "-d", name]
        + ["--no-http", "--log-level=error"],
        input=start + STORY,
        capture_output=True,
        text=True,
    )
    lines = [x for x in done.stdout.splitlines() if x.startswith("FOUND ")]
    assert lines, done.stderr[-5000:]
    return json.loads(lines[0].removeprefix("FOUND "))


def count(name: str) -> dict[str, int]:
    rows = (row.split("|") for row in query(name, query(name, COUNTS)).splitlines())
    return {table: int(number) for table, number in rows}


def test_the_version_before_is_updated(before: Path, database: str) -> None:
    options = ("-d", database, "--stop-after-init", "--no-http")
    odoo("-c", str(before), *options, "-i", ADDONS)
    found, rows = ask(before, database, "BUILD = True\n"), count(database)
    assert found["clocks"] and any(float(one[2]) for one in found["cover"])
    log = odoo("-c", str(CONFIG), *options, "-u", "credit_control")
    assert complaints(log) == []
    assert {
        table: n for table, n in count(database).items() if n < rows.get(table, 0)
    } == {}
    assert ask(str(CONFIG), database) == found
