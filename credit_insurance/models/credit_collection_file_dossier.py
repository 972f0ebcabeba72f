from datetime import date

from odoo import api, fields, models
from odoo.tools import html2plaintext

from .credit_dossier import Document, Section


class CreditCollectionDossier(models.Model):
    """All that the agency needs: one PDF to read, one ZIP with the data.

    It is frozen when the file is sent. Both are written to disk, document by document.
    docs/collection-dossier.md says what the data file holds.
    """

    _inherit = "credit.collection.file"
    _dossier_report = "credit_insurance.action_report_collection"

    # -- keep ------------------------------------------------------------------

    def action_open_dossier(self):
        """The PDF of one file, as it was sent; the ZIPs of several together."""
        self.check_access("read")
        if len(self) > 1:
            ids = ",".join(map(str, self.ids))
            url = f"/credit/collection/dossiers.zip?ids={ids}"
            return {"type": "ir.actions.act_url", "url": url, "target": "download"}
        if not self.dossier_pdf_id:
            return self.action_download_pdf()
        url = f"/web/content/{self.sudo().dossier_pdf_id.id}"
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    def _make_dossier(self, as_of: date) -> None:
        """Make ZIP and PDF and keep them in place of earlier ones."""
        spoken = self.with_context(lang=self._get_lang(), credit_as_of=as_of)
        kept = self.dossier_id | self.dossier_pdf_id
        self.dossier_pdf_id, self.dossier_id = spoken._keep_dossier(as_of)
        kept.unlink()

    def _get_dossier_name(self) -> str:
        return self.name.replace("/", "-")

    def _get_statement_day(self) -> date:
        return (
            self.env.context.get("credit_as_of")
            or self.sent_date
            or self.company_id._credit_today()
        )

    # -- what it holds ---------------------------------------------------------

    def _get_dossier_items(self):
        return self.line_ids.item_id

    def _get_dossier_facts(self) -> list[tuple[str, str]]:
        services = dict(self._fields["service"]._description_selection(self.env))
        kinds = dict(
            self.profile_id._fields["debtor_kind"]._description_selection(self.env)
        )
        agency = self.agency_id
        return [
            (self.env._("Collected by"), agency.name or ""),
            (self.env._("Service"), services[self.service]),
            (self.env._("Our number there"), agency.customer_reference or ""),
            *super()._get_dossier_facts(),
            (self.env._("Account of the creditor"), self._get_bank_number()),
            (self.env._("Kind of debtor"), kinds.get(self.profile_id.debtor_kind, "")),
            (
                self.env._("Law"),
                self.profile_id._get_regime(self._get_statement_day()).display_name
                or "",
            ),
            (self.env._("Insured"), self._get_insurer_words()),
            (self.env._("Remarks"), html2plaintext(self.note or "")),
        ]

    def _get_dossier_sections(self, as_of: date) -> list[Section]:
        _statement, invoices, *rest = super()._get_dossier_sections(as_of)
        return [
            self._section_claims(),
            invoices,
            *self._sections_trade(),
            self._section_terms(),
            *rest,
            self._section_plans(),
            self._section_contacts(),
        ]

    def _section_claims(self) -> Section:
        """In place of the statement: with costs and interest to the day."""

        def money(*amounts):
            return [self._money(amount, self.currency_id) for amount in amounts]

        rows = [
            [
                line.name or "",
                self._day(line.date),
                self._day(line.due_date),
                *money(line.original_amount, line.amount, line.interest, line.costs),
                *money(line.claimed_amount),
            ]
            for line in self.line_ids
        ]
        sums = (self.claimed_principal, self.claimed_interest, self.claimed_costs)
        rows.append(
            [
                self.env._("Together"),
                "",
                "",
                "",
                *money(*sums, self.claimed_amount),
            ]
        )
        title = self.env._(
            "What is claimed, with interest to %s", self._day(self._get_statement_day())
        )
        return Section(title, self._get_claim_headers(), rows, [], (3, 4, 5, 6, 7))

    def _get_claim_headers(self) -> list[str]:
        return [
            self.env._("Invoice"),
            self.env._("Date"),
            self.env._("Due"),
            self.env._("Original"),
            self.env._("Open"),
            self.env._("Interest"),
            self.env._("Costs"),
            self.env._("Claimed"),
        ]

    def _section_terms(self) -> Section:
        """The general terms, and the proof that the debtor has them."""
        profile = self.profile_id.sudo()
        labels = dict(profile._fields["terms_state"]._description_selection(self.env))
        terms, documents = profile.terms_id, []
        if terms.document:
            documents.append(_of_binary(terms, "document", "document_name"))
        if profile.terms_proof:
            documents.append(_of_binary(profile, "terms_proof", "terms_proof_name"))
        rows = [
            [
                terms.display_name,
                labels.get(profile.terms_state, ""),
                self._day(profile.terms_date),
            ]
            for terms in terms
        ]
        headers = [self.env._("Version"), self.env._("The debtor"), self.env._("Since")]
        return Section(self.env._("General terms"), headers, rows, documents)

    def _section_notices(self) -> Section:
        """E-mails also as a letter, so that the PDF has every reminder."""
        section = super()._section_notices()
        mailed = self._get_notices().filtered(
            lambda notice: notice.channel != "call" and not notice.attachment_id
        )
        documents = [
            Document(
                f"{notice.date} {notice.level_id.name} {notice.id}.pdf",
                lambda notice=notice: self._render_notice(notice),
            )
            for notice in mailed
        ]
        return section._replace(documents=[*section.documents, *documents])

    def _render_notice(self, notice) -> bytes:
        content, _kind = (
            self.env["ir.actions.report"]
            .sudo()
            .with_context(lang=notice.lang)
            ._render_qweb_pdf("credit_control.action_report_notice", notice.ids)
        )
        return content

    def _get_notices(self):
        """The notices that were sent about these items, oldest first."""
        lines = self.env["credit.notice.line"].sudo()
        lines = lines.search(
            [
                ("item_id", "in", self.line_ids.item_id.ids),
                ("state", "=", "sent"),
                ("level_number", ">", 0),
            ]
        )
        return lines.notice_id.sorted(lambda notice: (notice.date, notice.id))

    def _section_plans(self) -> Section:
        plans = self._get_plans()
        states = dict(plans._fields["state"]._description_selection(self.env))
        rows = [
            [
                self._day(plan.date),
                states[plan.state],
                self._money(plan.amount_total, plan.currency_id),
            ]
            for plan in plans
        ]
        documents = [
            Document(plan.attachment_id.name, lambda plan=plan: plan.attachment_id.raw)
            for plan in plans.filtered("attachment_id")
        ]
        headers = [self.env._("Made on"), self.env._("State"), self.env._("Amount")]
        title = self.env._("Instalment plans")
        return Section(title, headers, rows, documents, (2,))

    def _section_contacts(self) -> Section:
        languages = dict(self.env["res.lang"].get_installed())
        rows = [
            [
                contact.name or contact.display_name,
                contact.phone or "",
                contact.email or "",
                languages.get(contact.lang, ""),
            ]
            for contact in self._get_contacts()
        ]
        headers = [
            self.env._("Name"),
            self.env._("Phone"),
            self.env._("E-mail"),
            self.env._("Language"),
        ]
        return Section(self.env._("Contacts"), headers, rows, [])

    @api.model
    def _word_proof(self, notice) -> str:
        """How a notice went out, to which address, and what became of it."""
        channels = dict(notice._fields["channel"]._description_selection(self.env))
        states = dict(notice._fields["delivery"]._description_selection(self.env))
        recipient = notice.recipient_id
        address = (
            recipient.email
            if "email" in notice.channel
            else ", ".join(recipient._credit_get_address_lines())
        )
        words = (
            channels.get(notice.channel),
            address,
            notice.sent_date and fields.Datetime.to_string(notice.sent_date) + " UTC",
            states.get(notice.delivery),
            notice.sudo().message_id.message_id,
        )
        return ", ".join(filter(None, words))

    # -- what happened ---------------------------------------------------------

    def _get_about(self, line_model: str, parent: str):
        """Agreements about one of these items."""
        lines = (
            self.env[line_model]
            .sudo()
            .search([("item_id", "in", self.line_ids.item_id.ids)])
        )
        return lines[parent].sorted("id")

    def _get_promises(self):
        return self._get_about("credit.promise.line", "promise_id")

    def _get_disputes(self):
        return self._get_about("credit.dispute.line", "dispute_id")

    def _get_plans(self):
        return self._get_about("credit.plan.item", "plan_id")

    def _get_calls(self):
        calls = self.env["credit.call"].sudo()
        return calls.search([("profile_id", "=", self.profile_id.id)], order="date, id")

    def _get_contacts(self):
        partner = self.partner_id.sudo()
        return partner | partner.child_ids.filtered(
            lambda contact: contact.email or contact.phone
        )

    def _get_insurer_words(self) -> str:
        """The insurer's reference, where the debtor is insured."""
        limit = self.profile_id.sudo().insurance_limit_ids.filtered("policy_id.active")[
            :1
        ]
        return " ".join(filter(None, (limit.policy_id.number, limit.buyer_reference)))


def _of_binary(record, field: str, name_field: str) -> Document:
    """The document in a field of ``record``."""
    attachment = (
        record.env["ir.attachment"]
        .sudo()
        .search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("res_field", "=", field),
            ],
            limit=1,
        )
    )
    name = record[name_field] or attachment.name or field
    return Document(name, lambda: attachment.raw)
