import doctest

import pytest

from odoo.addons.credit_control.core import names


def test_examples_in_the_docstrings() -> None:
    assert not doctest.testmod(names).failed


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Azure Interior BV", ("Azure Interior", "bv")),
        ("Azure, S.A.", ("Azure", "sa")),
        ("NV", ("NV", "")),
        ("Bakkerij Sa Fontaine", ("Bakkerij Sa Fontaine", "")),
        ("", ("", "")),
    ],
)
def test_the_legal_form_of_a_name(name: str, parts: tuple[str, str]) -> None:
    assert names.split_legal_form(name) == parts


def test_the_same_form_written_otherwise_is_no_change() -> None:
    assert not names.is_form_change("Azure N.V.", "AZURE NV")
    assert names.is_form_change("Azure", "Azure NV")
