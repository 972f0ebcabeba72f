"""Killed half way, started twice: nobody gets two mails, nobody is forgotten."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger.mailbox import Mailbox

CONFIG = os.environ.get("CREDIT_CONTROL_CONFIG")
HERE = Path(__file__).parent
DEBTORS = 24
PATIENCE = 120

pytestmark = pytest.mark.skipif(
    not CONFIG, reason="needs the databases of ./setup/test: run it through that"
)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    server = Mailbox()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def database(mailbox: Mailbox) -> Iterator[str]:
    """A database of its own with a run that is released to be sent."""
    name = f"cc_test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    subprocess.run(["createdb", "-T", "cc_template", name], check=True)
    try:
        assert start(name, "build.py", mailbox).wait(PATIENCE) == 0
        yield name
    finally:
        subprocess.run(["dropdb", "--if-exists", "--force", name], check=True)


def start(database: str, script: str, mailbox: Mailbox) -> subprocess.Popen[bytes]:
    """A process of its own, as a worker would be."""
    with (HERE / script).open() as text:
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "odoo", "shell", "-c", str(CONFIG)),
                *("-d", database, "--no-http", "--log-level=critical"),
            ],
            stdin=text,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PORT": str(mailbox.port), "DEBTORS": str(DEBTORS)},
        )


def query(database: str, statement: str) -> list[str]:
    command = ["psql", "-d", database, "-Atc", statement]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.split()


def mails(mailbox: Mailbox, told_by: str = "X-Envelope-To") -> Counter[str]:
    """How often each mail came, told by one of its headers."""
    return Counter(message[told_by] for message in mailbox.messages)


def states(database: str, table: str = "credit_notice") -> Counter[str]:
    return Counter(query(database, f"SELECT state FROM {table}"))


def test_killed_half_way(database: str, mailbox: Mailbox) -> None:
    kill_half_way(database, mailbox, "send.py", "credit_notice")


def test_statements_killed_half_way(database: str, mailbox: Mailbox) -> None:
    assert start(database, "release_statements.py", mailbox).wait(PATIENCE) == 0
    assert states(database, "credit_statement") == {"waiting": DEBTORS}
    kill_half_way(database, mailbox, "send_statements.py", "credit_statement")
    assert states(database, "credit_statement_batch") == {"done": 1}


def test_files_to_an_agency_killed_half_way(database: str, mailbox: Mailbox) -> None:
    """All go to one agency: a mail is told by the number of its file."""
    assert start(database, "build_files.py", mailbox).wait(PATIENCE) == 0
    assert states(database, "credit_collection_file") == {"ready": DEBTORS}
    kill_half_way(
        database, mailbox, "send_files.py", "credit_collection_file", "Subject"
    )
    left = "SELECT 1 FROM credit_collection_file WHERE is_queued OR dossier_id IS NULL"
    assert not query(database, left)


def kill_half_way(
    database: str,
    mailbox: Mailbox,
    script: str,
    table: str,
    told_by: str = "X-Envelope-To",
) -> None:
    """Kill the process that sends the rows of ``table``; the next one ends it."""
    worker = start(database, script, mailbox)
    deadline = time.monotonic() + PATIENCE
    while len(mailbox.messages) < DEBTORS // 4:
        assert time.monotonic() < deadline and worker.poll() is None
        time.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    before = states(database, table)
    assert 0 < before["sent"] < DEBTORS
    # What was handed over is marked: at most the one in flight is not.
    assert 0 <= len(mailbox.messages) - before["sent"] <= 1

    assert start(database, script, mailbox).wait(PATIENCE) == 0
    assert states(database, table) == {"sent": DEBTORS}
    assert max(mails(mailbox, told_by).values()) == 1
    # A mail cut off in the middle is never sent twice, so it may be missing; it is
    # marked as failed for somebody to look at.
    failed = query(database, "SELECT id FROM mail_mail WHERE state = 'exception'")
    assert len(mails(mailbox, told_by)) + len(failed) >= DEBTORS
    assert len(failed) <= 1


def test_started_twice_at_once(database: str, mailbox: Mailbox) -> None:
    workers = [start(database, "send.py", mailbox) for _ in range(2)]
    codes = [worker.wait(PATIENCE) for worker in workers]
    if any(codes):
        # One of them met the other's lock and is started again, as cron does.
        assert start(database, "send.py", mailbox).wait(PATIENCE) == 0
    assert states(database) == {"sent": DEBTORS}
    assert len(mails(mailbox)) == DEBTORS
    assert max(mails(mailbox).values()) == 1


def test_run_of_yesterday_confirmed_twice(database: str, mailbox: Mailbox) -> None:
    for _ in range(2):
        assert start(database, "send.py", mailbox).wait(PATIENCE) == 0
        query(database, "UPDATE credit_run SET state = 'sending', date = date - 1")
    assert max(mails(mailbox).values()) == 1
    assert len(mails(mailbox)) == DEBTORS
