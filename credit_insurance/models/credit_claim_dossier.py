from datetime import date

from odoo import models

from .credit_dossier import Document, Section


class CreditClaimDossier(models.Model):
    """The file that goes to the insurer."""

    _inherit = "credit.claim"
    _dossier_report = "credit_insurance.action_report_claim"

    def _get_dossier_items(self):
        return self.line_ids.item_id

    def _get_dossier_facts(self) -> list[tuple[str, str]]:
        policy = self.policy_id.sudo()
        return [
            (self.env._("Policy"), policy.number),
            (self.env._("Insurer's number"), self.insurer_reference or ""),
            *super()._get_dossier_facts(),
            (self.env._("Reported on"), self._day(self.notified_date)),
            (self.env._("Insolvent since"), self._day(self.insolvency_date)),
            (self.env._("Day of the loss"), self._day(self.loss_date)),
            (
                self.env._("Insured limit"),
                self._money(self.limit_amount, self.currency_id),
            ),
            (self.env._("Open"), self._money(self.gross_amount, self.currency_id)),
            (self.env._("What happened"), self.cause or ""),
        ]

    def _get_dossier_sections(self, as_of: date) -> list[Section]:
        sections = super()._get_dossier_sections(as_of)
        return [
            self._section_claimed(),
            *sections,
            self._section_recoveries(),
            self._section_policy(),
        ]

    def _section_claimed(self) -> Section:
        labels = dict(
            self.line_ids._fields["uncovered"]._description_selection(self.env)
        )
        rows = [
            [
                line.move_id.name or "",
                self._day(line.delivered),
                self._day(line.first_due),
                labels.get(line.uncovered, ""),
                self._money(line.net, self.currency_id),
                self._money(line.gross, self.currency_id),
            ]
            for line in self.line_ids
        ]
        headers = [
            self.env._("Document"),
            self.env._("Delivered on"),
            self.env._("Due at first"),
            self.env._("Cover"),
            self.env._("Without VAT"),
            self.env._("Open"),
        ]
        return Section(self.env._("What is claimed"), headers, rows, [], (4, 5))

    def _section_recoveries(self) -> Section:
        """What came in since the day of the loss, and how it is shared."""
        counted = self.recovery_ids.filtered(lambda one: one.state == "accepted")
        names = ("amount", "costs", "insurer_share", "own_share")
        rows = [
            [
                self._day(recovery.date),
                recovery.name,
                *(self._money(recovery[name], self.currency_id) for name in names),
            ]
            for recovery in counted.sorted("date")
        ]
        headers = [
            self.env._("Date"),
            self.env._("What it is"),
            self.env._("Received"),
            self.env._("Costs of collection"),
            self.env._("Insurer's share"),
            self.env._("Own share"),
        ]
        title = self.env._("Received after the day of the loss")
        return Section(title, headers, rows, [], (2, 3, 4, 5))

    def _section_policy(self) -> Section:
        """Limits over time, and the policy itself."""
        periods = self.env["credit.insurance.clock"]._fetch_periods(
            self.profile_id, self.policy_id
        )
        rows = [
            [
                self._day(start),
                self._day(end) if end.year < 9999 else "",
                self._money(amount, self.currency_id),
            ]
            for amount, start, end in sorted(periods, key=lambda period: period[1])
        ]
        files = self.policy_id.sudo().document_ids
        documents = [Document(file.name, lambda file=file: file.raw) for file in files]
        headers = [self.env._("From"), self.env._("To"), self.env._("Insured limit")]
        return Section(self.env._("Limit decisions"), headers, rows, documents, (2,))
