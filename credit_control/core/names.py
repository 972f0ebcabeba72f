"""Names of companies."""

# As they stand at the end of a name, without dots.
LEGAL_FORMS = frozenset(
    "ag asbl bv bvba cv cvba eenmanszaak eurl gmbh inc kg llc ltd nv ohg plc sa sarl"
    " sas sc scrl snc sprl srl vof vzw".split()
)


def split_legal_form(name: str) -> tuple[str, str]:
    """``name`` without its legal form, and that form; "" where there is none known.

    >>> split_legal_form("Azure Interior N.V.")
    ('Azure Interior', 'nv')
    >>> split_legal_form("Azure")
    ('Azure', '')
    """
    rest, _space, last = name.strip().rpartition(" ")
    form = last.replace(".", "").casefold()
    if not rest or form not in LEGAL_FORMS:
        return name.strip(), ""
    return rest.rstrip(" ,"), form


def is_form_change(old: str, new: str) -> bool:
    """Whether only the legal form differs.

    >>> is_form_change("Azure BVBA", "Azure BV")
    True
    >>> is_form_change("Azure BV", "Azure Holding NV")
    False
    """
    (old_rest, old_form), (new_rest, new_form) = map(split_legal_form, (old, new))
    return old_form != new_form and old_rest.casefold() == new_rest.casefold()
