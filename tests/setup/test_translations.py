"""Dutch, French and German are complete, and say what the source says today."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
ADDONS = sorted(path.parent.name for path in ROOT.glob("credit_*/__manifest__.py"))
CONFIG = os.environ.get("CREDIT_CONTROL_CONFIG")
DATABASE = os.environ.get("ODOO_DATABASE")

# German is for the debtors: their mails and letters are this addon's.
TRANSLATED = [
    *((addon, language) for addon in ADDONS for language in ("nl", "fr")),
    ("credit_control", "de"),
]

PLACEHOLDER = re.compile(r"%\([a-z_]+\)s|%s|\{\{.*?\}\}")
TAG = re.compile(r"<[^<>]+>")


def terms(file: Path) -> dict[str, str]:
    with file.open("rb") as text:
        return {str(entry.id): str(entry.string) for entry in read_po(text) if entry.id}


@pytest.mark.parametrize(("addon", "language"), TRANSLATED)
def test_every_term_is_translated(addon: str, language: str) -> None:
    source = terms(ROOT / addon / "i18n" / f"{addon}.pot")
    found = terms(ROOT / addon / "i18n" / f"{language}.po")
    assert set(found) == set(source)
    assert [term for term, words in found.items() if not words.strip()] == []
    for term, words in found.items():
        for pattern in (PLACEHOLDER, TAG):
            assert Counter(pattern.findall(words)) == Counter(pattern.findall(term)), (
                term
            )


@pytest.mark.skipif(not CONFIG, reason="needs the database of ./setup/test")
def test_templates_are_those_of_the_source(tmp_path: Path) -> None:
    exported = tmp_path / "all.po"
    command = ["-m", "odoo", "i18n", "export", "-c", str(CONFIG), "-d", str(DATABASE)]
    subprocess.run(
        [sys.executable, *command, "-l", "en_US", "-o", str(exported), *ADDONS],
        check=True,
        capture_output=True,
    )
    known: set[str] = set()
    for addon in ADDONS:
        known |= set(terms(ROOT / addon / "i18n" / f"{addon}.pot"))
    assert set(terms(exported)) == known
