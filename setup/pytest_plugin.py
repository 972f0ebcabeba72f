"""The tests in several processes, each with a database and files of its own.

`setup/test` makes the copies and loads this plugin. (pytest-odoo would make a copy of
the database alone: the workers would share its files.)
"""

import os
import sys
from collections import Counter
from dataclasses import replace

import pytest
from xdist.scheduler import LoadScopeScheduling

from odoo.tests import common

# What walks through years in one setUpClass or starts Odoo anew for each test: begun
# last, it would run while the other workers have nothing left to do.
LONG = ("tests/ledger/", "tests/engine/", "tests/setup/")
# Each test of these builds what it needs by itself.
APART = ("tests/engine/", "tests/setup/")


def scope(nodeid):
    """What stays together on one worker: a class, as its setUpClass runs once."""
    return nodeid if nodeid.startswith(APART) else nodeid.rpartition("::")[0]


class Scheduling(LoadScopeScheduling):
    def _split_scope(self, nodeid):
        return scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    # The order is that of the workers, see below.
    config.option.loadscopereorder = False
    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """What takes long first, then the classes with many tests."""
    list_charts_once()
    if not hasattr(config, "workerinput"):
        return
    counts = Counter(scope(item.nodeid) for item in items)
    items.sort(
        key=lambda item: (
            not item.nodeid.startswith(LONG),
            -counts[scope(item.nodeid)],
        )
    )


@pytest.hookimpl(tryfirst=True, wrapper=True)
def pytest_cmdline_main(config):
    # Without this variable pytest-odoo takes the database as it is.
    worker = os.environ.pop("PYTEST_XDIST_WORKER", None)
    database = config.getoption("odoo_database", None)
    if worker and database:
        database = f"{database}_{worker}"
        config.option.odoo_database = os.environ["ODOO_DATABASE"] = database
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_report_to_serializable(report):
    """What a subTest was given as text: dates and records can't be sent."""
    context = getattr(report, "context", None)
    if context:
        given = {name: str(value) for name, value in context.kwargs.items()}
        report.context = replace(context, kwargs=given)


def pytest_configure():
    """On a busy machine a browser takes longer to start: no reason to skip its test."""
    browser = common.ChromeBrowser
    common.CHECK_BROWSER_ITERATIONS = 600
    browser._json_command.__defaults__ = (30,)
    browser._websocket_request.__kwdefaults__["timeout"] = 60.0


def list_charts_once():
    """Odoo lists its charts of accounts anew some thirty times for each test class, a
    third of its setUpClass. What is installed doesn't change meanwhile."""
    module = sys.modules.get("odoo.addons.account.models.chart_template")
    if not module:
        return
    model = module.AccountChartTemplate
    original, known = model._get_chart_template_mapping, {}

    def get_mapping(self, get_all=False):
        key = self.env.lang, get_all
        if key not in known:
            known[key] = original(self, get_all)
        return {code: dict(chart) for code, chart in known[key].items()}

    model._get_chart_template_mapping = get_mapping
