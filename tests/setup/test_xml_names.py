"""What is named twice in an addon is overwritten without a word when it is installed."""

from collections import defaultdict
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
ADDONS = sorted(path.parent for path in ROOT.glob("credit_*/__manifest__.py"))


@pytest.mark.parametrize("addon", ADDONS, ids=lambda path: path.name)
def test_each_name_stands_in_one_file(addon: Path) -> None:
    files = defaultdict(set)
    for file in addon.rglob("*.xml"):
        for record in etree.parse(str(file)).iter("record", "template", "menuitem"):
            # With a dot it is a change of another addon's record.
            if "." not in (name := record.get("id", ".")):
                files[name].add(file.relative_to(ROOT))
    assert {name: found for name, found in files.items() if len(found) > 1} == {}
