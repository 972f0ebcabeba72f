from collections.abc import Iterable

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..core import decision_file
from ..records import write_changed
from .credit_insurance_decision import STATUSES
from .credit_insurance_mapping import COLUMNS

FOUND = (
    "amount",
    "requested",
    "status",
    "date_from",
    "date_to",
    "notice_date",
    "temporary",
    "reference",
    "conditions",
)


class CreditInsuranceImportLine(models.Model):
    """One row of the insurer's list: its cells as text, and what they mean."""

    _name = "credit.insurance.import.line"
    _description = "Row of a List of Decisions"
    _order = "import_id, row, id"

    import_id = fields.Many2one(
        "credit.insurance.import", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="import_id.company_id", store=True)
    currency_id = fields.Many2one(related="import_id.currency_id")
    row = fields.Integer(readonly=True)
    cell_buyer = fields.Char(string="Buyer number")
    cell_vat = fields.Char(string="VAT number")
    cell_registry = fields.Char(string="Registration number")
    cell_reference = fields.Char(string="Reference")
    cell_status = fields.Char(string="Status")
    cell_requested = fields.Char(string="Requested")
    cell_amount = fields.Char(string="Decided")
    cell_date_from = fields.Char(string="From")
    cell_date_to = fields.Char(string="To")
    cell_notice_date = fields.Char(string="Notice on")
    cell_temporary = fields.Char(string="Temporary")
    cell_conditions = fields.Char(string="Conditions")
    chosen_profile_id = fields.Many2one(
        "credit.profile",
        string="Chosen debtor",
        help="Where the file doesn't say who it is. The buyer number is kept.",
    )
    profile_id = fields.Many2one("credit.profile", string="Debtor", readonly=True)
    amount = fields.Monetary(string="Limit", readonly=True)
    requested = fields.Monetary(string="Amount requested", readonly=True)
    status = fields.Selection(STATUSES, string="Means", readonly=True)
    date_from = fields.Date(readonly=True)
    date_to = fields.Date(readonly=True)
    notice_date = fields.Date(readonly=True)
    temporary = fields.Boolean(string="Is temporary", readonly=True)
    reference = fields.Char(string="Insurer's reference", readonly=True)
    conditions = fields.Text(string="Insurer's conditions", readonly=True)
    state = fields.Selection(
        [
            ("ready", "Ready"),
            ("refused", "Refused"),
            ("known", "Known already"),
            ("done", "Taken over"),
        ],
        readonly=True,
        index=True,
    )
    problem = fields.Char(string="What is wrong", readonly=True)
    decision_id = fields.Many2one(
        "credit.insurance.decision",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
    )

    def write(self, vals):
        by_hand = any(name.startswith(("cell_", "chosen_")) for name in vals)
        if not self.env.su and by_hand:
            if self.filtered(lambda line: line.state == "done"):
                raise UserError(self.env._("This row has been taken over already."))
        if not self.env.su and set(vals) - {
            name for name in vals if name.startswith(("cell_", "chosen_"))
        }:
            raise UserError(
                self.env._("Correct the cells of a row; what it means follows.")
            )
        result = super().write(vals)
        if by_hand:
            self._check()
        return result

    # -- what the rows mean ----------------------------------------------------

    def _check(self) -> None:
        """Read the cells again, of rows that haven't been taken over."""
        for imported, lines in self.grouped("import_id").items():
            form = imported.mapping_id._get_format()
            open_lines = lines.filtered(lambda line: line.state != "done")
            debtors = open_lines._find_debtors()
            for line in open_lines:
                write_changed(line.sudo(), line._read(form, debtors))
            open_lines._mark_known()
            open_lines._mark_repeated()

    def _read(self, form: decision_file.Format, debtors: dict) -> dict:
        cells = {name: self[f"cell_{name}"] or None for name in COLUMNS}
        row = decision_file.read_row(cells, form)
        problems = [self._word_problem(problem) for problem in row.problems]
        profile = self.chosen_profile_id or debtors.get(self)
        if not profile:
            problems.insert(0, self._word_unknown())
        values = {name: row.values.get(name) or False for name in FOUND}
        usual = "approved" if values["amount"] else "refused"
        unread = "status" in {problem.field for problem in row.problems}
        status = values["status"] or (not unread and usual)
        return {
            **values,
            "amount": float(row.values.get("amount") or 0),  # type: ignore[arg-type]
            "requested": float(row.values.get("requested") or 0),
            "status": status,
            "profile_id": profile.id if profile else False,
            "state": "refused" if problems else "ready",
            "problem": " ".join(problems) or False,
        }

    def _word_problem(self, problem: decision_file.Problem) -> str:
        columns = self.import_id.mapping_id._get_columns()
        words = {
            decision_file.MISSING: self.env._("is empty"),
            decision_file.NO_AMOUNT: self.env._("“%s” is no amount", problem.text),
            decision_file.NEGATIVE: self.env._("“%s” is negative", problem.text),
            decision_file.NO_DAY: self.env._("“%s” is no date", problem.text),
            decision_file.NO_STATUS: self.env._(
                "“%s” is no known status", problem.text
            ),
            decision_file.NO_FLAG: self.env._(
                "“%s” is neither yes nor no", problem.text
            ),
            decision_file.DAYS_REVERSED: self.env._("it ends before it begins"),
        }
        return self.env._(
            "Row %(row)s, %(column)s: %(problem)s.",
            row=self.row,
            column=columns.get(problem.field, COLUMNS[problem.field]),
            problem=words[problem.code],
        )

    def _word_unknown(self) -> str:
        columns = self.import_id.mapping_id._get_columns()
        given = [
            f"{columns[name]} “{self[f'cell_{name}']}”"
            for name in ("buyer", "vat", "registry")
            if name in columns and self[f"cell_{name}"]
        ]
        if not given:
            return self.env._(
                "Row %(row)s, %(column)s: it doesn't say which debtor.",
                row=self.row,
                column=columns.get("buyer") or COLUMNS["buyer"],
            )
        return self.env._(
            "Row %(row)s, %(column)s: no debtor is known by it.",
            row=self.row,
            column=", ".join(given),
        )

    # -- whose they are --------------------------------------------------------

    def _find_debtors(self) -> dict:
        """{row: its debtor}: by the insurer's number, VAT or registration number."""
        policy = self.import_id.policy_id
        companies = policy.company_id | policy.co_insured_ids
        limits = self.env["credit.insurance.limit"].search(
            [("policy_id", "=", policy.id), ("buyer_reference", "!=", False)]
        )
        buyers = _find_unique(
            (limit.buyer_reference, limit.profile_id) for limit in limits
        )
        vats = self._find_by("vat", companies)
        registries = self._find_by("company_registry", companies)
        return {
            line: buyers.get(decision_file.plain(line.cell_buyer or ""))
            or vats.get(decision_file.plain(line.cell_vat or ""))
            or registries.get(decision_file.plain(line.cell_registry or ""))
            for line in self
        }

    @api.model
    def _find_by(self, name: str, companies) -> dict:
        """{number: debtor file}, of customers with that number; two with the same
        number are nobody.
        """
        profiles = self.env["credit.profile"].with_context(active_test=False)
        found = profiles.search(
            [("company_id", "in", companies.ids), (f"partner_id.{name}", "!=", False)]
        )
        return _find_unique((one.partner_id[name], one) for one in found)

    # -- what is known already -------------------------------------------------

    def _mark_known(self) -> None:
        """Rows whose decision was entered before; with another amount they are
        refused, since a decision never changes.
        """
        decisions = self.env["credit.insurance.decision"].search(
            [
                ("policy_id", "in", self.import_id.policy_id.ids),
                ("profile_id", "in", self.profile_id.ids),
                ("limit_id.is_own", "=", False),
            ]
        )
        known: dict = {}
        for decision in decisions.sorted("id"):
            key = decision.profile_id, decision.date_from, decision.temporary
            known[(*key, decision.reference or "")] = decision
        for line in self.filtered(lambda one: one.state == "ready"):
            decision = known.get(line._get_key())
            if decision:
                line.sudo().write(line._prepare_known_vals(decision))

    def _get_key(self) -> tuple:
        return self.profile_id, self.date_from, self.temporary, self.reference or ""

    def _prepare_known_vals(self, decision) -> dict:
        same = (
            not self.currency_id.compare_amounts(self.amount, decision.amount)
            and self.status == decision.status
            and self.date_to == decision.date_to
        )
        if same:
            return {"state": "known", "problem": False, "decision_id": decision.id}
        columns = self.import_id.mapping_id._get_columns()
        return {
            "state": "refused",
            "problem": self.env._(
                "Row %(row)s, %(column)s: known with another content (%(known)s). "
                "Correct that decision on the debtor if it was wrong.",
                row=self.row,
                column=columns.get("reference") or columns["date_from"],
                known=decision.display_name,
            ),
        }

    def _mark_repeated(self) -> None:
        """Of rows that say the same decision twice the second one is refused."""
        seen: set = set()
        for line in self.filtered(lambda one: one.state == "ready").sorted("row"):
            if line._get_key() in seen:
                problem = self.env._(
                    "Row %s: the same decision stands above.", line.row
                )
                line.sudo().write({"state": "refused", "problem": problem})
            seen.add(line._get_key())

    # -- take over -------------------------------------------------------------

    def _take_over(self) -> None:
        limits = self._get_limits()
        decisions = self.env["credit.insurance.decision"].create(
            [
                {
                    **line._prepare_decision_vals(),
                    "limit_id": limits[line.profile_id].id,
                }
                for line in self
            ]
        )
        for line, decision in zip(self, decisions, strict=True):
            line.sudo().write({"state": "done", "decision_id": decision.id})

    def _prepare_decision_vals(self) -> dict:
        return {name: self[name] for name in FOUND}

    def _get_limits(self) -> dict:
        """{debtor: his limit in the policy}, made where missing, with his number."""
        policy = self.import_id.policy_id
        limits = self.env["credit.insurance.limit"]
        found = {
            limit.profile_id: limit
            for limit in limits.search(
                [
                    ("policy_id", "=", policy.id),
                    ("profile_id", "in", self.profile_id.ids),
                    ("is_own", "=", False),
                ]
            )
        }
        missing = self.profile_id - limits.browse().concat(*found.values()).profile_id
        # The decision is the first entry in the limit's history.
        for limit in limits.with_context(mail_create_nolog=True).create(
            [{"policy_id": policy.id, "profile_id": one.id} for one in missing]
        ):
            found[limit.profile_id] = limit
        for line in self.filtered("cell_buyer"):
            limit = found[line.profile_id]
            if not limit.buyer_reference:
                limit.buyer_reference = line.cell_buyer
        return found


def _find_unique(numbers: Iterable[tuple[str, models.Model]]) -> dict:
    """{number: debtor file}; a number of two is nobody's, and one without a letter or
    digit, as "/" for a customer without VAT number, is no number.
    """
    found: dict = {}
    for text, profile in numbers:
        if number := decision_file.plain(text):
            is_his = found.setdefault(number, profile) == profile
            found[number] = profile if is_his else None
    return found
