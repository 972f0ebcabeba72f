"""The cores run without Odoo, under the names they have inside Odoo.

Where no Odoo is loaded, ``odoo.addons.<addon>`` stands for the addon's folder
here without running its ``__init__``. A core that reaches for Odoo, the addon's
models or anything else outside the standard library then fails to import.
"""

import sys
from pathlib import Path
from types import ModuleType

from hypothesis import settings

ROOT = Path(__file__).resolve().parents[2]

# A shared machine may stall in the middle of an example.
settings.register_profile("unhurried", settings.default, deadline=None)
settings.load_profile("unhurried")


def _namespace(name: str, *folders: Path) -> None:
    module = ModuleType(name)
    module.__path__ = [str(folder) for folder in folders]
    sys.modules[name] = module
    parent, _dot, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)


if "odoo" not in sys.modules:
    _namespace("odoo")
    _namespace("odoo.addons")
    for core in ROOT.glob("*/core/__init__.py"):
        addon = core.parent.parent
        _namespace(f"odoo.addons.{addon.name}", addon)
