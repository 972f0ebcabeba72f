from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from odoo.addons.credit_control.models.credit_dispute import PAUSING

from ..core import collection
from .credit_collection_agency import SERVICES


class Check(NamedTuple):
    """A line of the readiness list.

    :ivar ok: met or not; None: nothing to be met here
    :ivar needed: the file isn't sent before it is met
    :ivar words: what was found
    :ivar fix: what to do about it
    :ivar asks: not met as long as nobody has looked it up
    """

    code: str
    label: str
    ok: bool | None
    needed: bool
    words: str = ""
    fix: str = ""
    asks: bool = False


class Book(NamedTuple):
    """What the checks look at, read at once for all files."""

    as_of: date
    engine: dict
    notices: dict
    disputed: set
    corrections: dict
    insolvent: dict


class CreditCollectionReadiness(models.Model):
    """Whether a file is complete: each line is green, or says how to get there."""

    _inherit = "credit.collection.file"

    readiness = fields.Html(
        string="Is it complete?", compute="_compute_readiness", sanitize=False
    )
    is_ready = fields.Boolean(string="Complete", compute="_compute_readiness")
    missing = fields.Char(
        compute="_compute_readiness",
        help="Without it the file can't be handed over.",
    )
    advised = fields.Char(
        string="Recommended",
        compute="_compute_readiness",
        help="The file can be handed over without it, but is stronger with it.",
    )

    @api.depends("line_ids", "agency_id", "service", "profile_id", "state", "basis")
    @api.depends_context("lang")
    def _compute_readiness(self):
        waiting = self.filtered(
            lambda f: f.state in (collection.DRAFT, collection.READY)
        )
        found = waiting._get_checks(fields.Date.context_today(self))
        for file in self:
            checks = found.get(file, [])
            red = [check for check in checks if check.ok is False]
            missing = [check.label for check in red if check.needed]
            file.is_ready = not missing
            file.missing = ", ".join(missing)
            file.advised = ", ".join(check.label for check in red if not check.needed)
            file.readiness = checks and self._render_checks(checks)

    @api.model
    def _render_checks(self, checks: list[Check]):
        return self.env["ir.qweb"]._render(
            "credit_insurance.collection_readiness", {"checks": checks}
        )

    def _check_sendable(self, as_of: date) -> None:
        """Refuse to hand over what is not complete.

        :raises UserError: with everything that is missing, and how to get it
        """
        if gaps := self._get_gaps(as_of):
            raise UserError("\n".join(gaps.values()))

    def _get_gaps(self, as_of: date) -> dict:
        """{file that is not complete: what it lacks, and how to get it}."""
        gaps = {}
        for file, checks in self._get_checks(as_of).items():
            red = [check for check in checks if check.ok is False and check.needed]
            if red:
                gaps[file] = self.env._(
                    "%(file)s is not complete:\n%(lines)s",
                    file=file.display_name,
                    lines="\n".join(
                        f"- {check.label}: {check.words} {check.fix}".strip()
                        for check in red
                    ),
                )
        return gaps

    # -- look ------------------------------------------------------------------

    def _get_checks(self, as_of: date) -> dict:
        """{file: its readiness list}."""
        if not self:
            return {}
        book = self.sudo()._read_book(as_of)
        return {
            file: [
                getattr(file.sudo(), f"_readiness_{name}")(book)
                for name in self._get_check_names()
            ]
            for file in self
        }

    @api.model
    def _get_check_names(self) -> list[str]:
        """Of the checks, in their order. To be extended with ``_readiness_<name>``."""
        return [
            "items",
            "identity",
            "address",
            "undisputed",
            "free",
            "notices",
            "law",
            "invoices",
            "terms",
            "money",
            "solvent",
            "agency",
        ]

    def _read_book(self, as_of: date) -> Book:
        items = self.line_ids.item_id
        dunning = self.env["credit.dunning"].sudo()
        engine = {}
        for company, files in self.grouped("company_id").items():
            ids = files.line_ids.item_id.ids
            for item in dunning._fetch_items(company, as_of, item_ids=ids):
                engine[item.id] = item
        lines = self.env["credit.notice.line"].sudo()
        lines = lines.search(
            [
                ("item_id", "in", items.ids),
                ("state", "=", "sent"),
                ("level_number", ">", 0),
            ]
        )
        disputes = self.env["credit.dispute.line"].sudo()
        disputes = disputes.search(
            [("item_id", "in", items.ids), ("state", "in", PAUSING)]
        )
        drafts = self.env["account.move"].sudo()
        drafts = drafts.search(
            [("reversed_entry_id", "in", items.move_id.ids), ("state", "=", "draft")]
        )
        return Book(
            as_of,
            engine,
            {item: own for item, own in lines.grouped("item_id").items()},
            set(disputes.item_id.ids),
            {move.reversed_entry_id: move for move in drafts},
            self._fetch_insolvent(as_of),
        )

    def _fetch_insolvent(self, as_of: date) -> dict:
        """{debtor id: since when he is insolvent, by the signals that hold}."""
        self.env["credit.signal"].flush_model()
        signals = self.env["credit.insurance.clock"]._insolvent_sql(as_of)
        rows = self.env.execute_query(
            SQL(
                "SELECT * FROM (%s) s WHERE s.profile_id = ANY(%s)",
                signals,
                self.profile_id.ids,
            )
        )
        return dict(rows)

    def _names(self, lines) -> str:
        return ", ".join(lines.mapped("name"))

    # -- checks ----------------------------------------------------------------

    def _readiness_items(self, book: Book) -> Check:
        late = self.line_ids.filtered(lambda line: line.due_date < book.as_of)
        return Check(
            "items",
            self.env._("Overdue invoices"),
            bool(self.line_ids) and late == self.line_ids,
            True,
            self.env._("Items: %s", len(self.line_ids)),
            self.env._("Only what is overdue is handed over."),
        )

    def _readiness_identity(self, book: Book) -> Check:
        partner = self.partner_id
        number = partner.company_registry or partner.vat
        business = self.profile_id.debtor_kind == "business"
        return Check(
            "identity",
            self.env._("Identity"),
            bool(partner.name and (number not in (False, "", "/") or not business)),
            True,
            ", ".join(filter(None, (partner.name, business and number))),
            self.env._(
                "Enter the registration number (KBO, KvK) or VAT number of the customer."
            ),
        )

    def _readiness_address(self, book: Book) -> Check:
        partner = self.partner_id
        lacking = [
            label
            for value, label in (
                (partner.street, self.env._("street")),
                (partner.zip, self.env._("postcode")),
                (partner.city, self.env._("town")),
                (partner.country_id, self.env._("country")),
            )
            if not value
        ]
        return Check(
            "address",
            self.env._("Address"),
            not lacking,
            True,
            self.env._("Missing: %s.", ", ".join(lacking))
            if lacking
            else ", ".join(partner._credit_get_address_lines()[1:]),
            self.env._("Complete the address of the customer."),
        )

    def _readiness_undisputed(self, book: Book) -> Check:
        disputed = self.line_ids.filtered(lambda k: k.item_id.id in book.disputed)
        return Check(
            "undisputed",
            self.env._("Undisputed"),
            not disputed,
            True,
            self._names(disputed),
            self.env._("Answer the dispute, or take the invoice out of the file."),
        )

    def _readiness_free(self, book: Book) -> Check:
        labels = dict(self.env["credit.dunning"]._get_reason_labels())
        held = {
            line: book.engine[line.item_id.id].block
            for line in self.line_ids
            if line.item_id.id in book.engine and book.engine[line.item_id.id].block
        }
        return Check(
            "free",
            self.env._("No promise, plan, offer or block"),
            not held,
            True,
            ", ".join(
                f"{line.name}: {labels.get(code, code)}" for line, code in held.items()
            ),
            self.env._("Wait until it has ended, or end it on the debtor file."),
        )

    def _readiness_notices(self, book: Book) -> Check:
        unproven = self.line_ids.filtered(
            lambda line: not any(
                notice.notice_id.delivery not in ("bounced", "failed")
                for notice in book.notices.get(line.item_id, ())
            )
        )
        return Check(
            "notices",
            self.env._("Reminded, with proof"),
            not unproven,
            True,
            self._names(unproven) or self._word_notices(book),
            self.env._("Send a reminder first; one that came back proves nothing."),
        )

    def _word_notices(self, book: Book) -> str:
        lines = [
            notice
            for line in self.line_ids
            for notice in book.notices.get(line.item_id, ())
        ]
        if not lines:
            return ""
        return self.env._(
            "Reminders: %(count)s, the last one on %(day)s.",
            count=len({line.notice_id for line in lines}),
            day=format_date(self.env, max(line.date for line in lines)),
        )

    def _readiness_law(self, book: Book) -> Check:
        regime = self.profile_id._get_regime(book.as_of)
        if not regime._asks_first_notice():
            return Check("law", self.env._("Steps of the law"), None, False)
        allowed = self.env["credit.charge"].sudo()._fetch_costs_from(self.line_ids)
        early = self.line_ids.filtered(
            lambda line: allowed.get(line.item_id.id, date.max) > book.as_of
        )
        return Check(
            "law",
            self.env._("Steps of the law"),
            not early,
            True,
            self._names(early),
            self.env._(
                "Send the first notice that the law asks for, and wait until its term "
                "is over."
            ),
        )

    def _readiness_invoices(self, book: Book) -> Check:
        wrong = self.line_ids.filtered(lambda k: k.item_id.move_id in book.corrections)
        return Check(
            "invoices",
            self.env._("Invoices are correct"),
            not wrong,
            True,
            self._names(wrong),
            self.env._("A credit note is in draft: post it first."),
        )

    def _readiness_terms(self, book: Book) -> Check:
        profile = self.profile_id
        accepted = profile.terms_state == "accepted"
        return Check(
            "terms",
            self.env._("General terms accepted"),
            accepted or (False if profile.lacks_terms else None),
            False,
            profile.terms_id.display_name or "",
            self.env._(
                "Without proof the agency can't claim what they provide: note it on "
                "the debtor file."
            ),
        )

    def _readiness_money(self, book: Book) -> Check:
        credit = self.profile_id.credit_amount
        return Check(
            "money",
            self.env._("No unmatched money"),
            not credit,
            False,
            credit and self.profile_id._format_money(-credit) or "",
            self.env._("Match payments and credit notes with the invoices first."),
        )

    def _readiness_solvent(self, book: Book) -> Check:
        since = book.insolvent.get(self.profile_id._origin.id)
        return Check(
            "solvent",
            self.env._("No insolvency known"),
            not since,
            False,
            since
            and self.env._("A signal says so since %s.", format_date(self.env, since))
            or "",
            self.env._("File the claim with the receiver; an agency can't collect it."),
        )

    def _readiness_agency(self, book: Book) -> Check:
        agency = self.agency_id
        refusal = (
            self._find_agency_refusal(book.as_of)
            if agency
            else self.env._("No agency is chosen.")
        )
        return Check(
            "agency",
            self.env._("Agency"),
            not refusal,
            True,
            refusal or agency.name,
            refusal and self.env._("Choose another one.") or "",
        )

    def _find_agency_refusal(self, as_of: date) -> str | bool:
        agency = self.agency_id
        if self.service not in agency._get_services():
            return self.env._(
                "%(agency)s doesn't do %(service)s.",
                agency=agency.name,
                service=dict(SERVICES)[self.service].lower(),
            )
        if not agency.recipient_id.email:
            return self.env._("%s has no e-mail address.", agency.name)
        return agency._find_refusal(self.profile_id, as_of)
