from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from odoo.addons.credit_control.core.money import to_decimal

from ..core import collection
from .credit_collection_file_readiness import Book, Check


class CreditCollectionUncontested(models.Model):
    """May a bailiff collect without a judge? Of businesses in Belgium.

    What the books know is shown; what they can't know somebody looks up and says so.
    """

    _inherit = "credit.collection.file"

    asks_uncontested = fields.Boolean(compute="_compute_uncontested")
    asks_business = fields.Boolean(compute="_compute_uncontested")
    fits_uncontested = fields.Boolean(
        string="Uncontested-debt procedure", compute="_compute_uncontested"
    )
    uncontested = fields.Html(
        string="Uncontested-debt procedure (Belgium)",
        compute="_compute_uncontested",
        sanitize=False,
    )
    is_of_business = fields.Boolean(
        string="Business, by contract",
        tracking=True,
        help="He bought it for his business, and it was ordered or agreed: no private "
        "purchase, no damages, nothing paid by mistake.",
    )
    is_no_authority = fields.Boolean(
        string="No public authority",
        tracking=True,
        help="No state, region, province, municipality, public welfare centre or body of "
        "public law. The Crossroads Bank of Enterprises (KBO, BCE) names the legal form.",
    )
    solvency_date = fields.Date(
        string="No insolvency on",
        tracking=True,
        help="The day on which you looked the debtor up and found neither bankruptcy nor "
        "reorganisation or collective debt settlement, e.g. in the Crossroads Bank or "
        "the register of insolvencies (Regsol). It counts for a month.",
    )

    @api.depends(
        "line_ids",
        "state",
        "profile_id",
        "claimed_amount",
        "is_of_business",
        "is_no_authority",
        "solvency_date",
    )
    @api.depends_context("lang")
    def _compute_uncontested(self):
        for file in self:
            file.asks_uncontested = file.is_open and file.sudo()._is_of_belgian_trade()
        asking = self.filtered("asks_uncontested")
        book = asking and asking.sudo()._read_book(fields.Date.context_today(self))
        for file in self:
            file.asks_business = file in asking and not file.sudo()._is_plain_trade()
            checks = file.sudo()._get_uncontested_checks(book) if file in asking else []
            file.fits_uncontested = bool(checks) and not any(
                check.ok is False for check in checks
            )
            file.uncontested = checks and self._render_checks(checks)

    def _is_of_belgian_trade(self) -> bool:
        return (
            self.profile_id.debtor_kind == "business"
            and self.partner_id.country_id.code == "BE"
        )

    # -- what is known ---------------------------------------------------------

    def _get_facts(self, book: Book) -> collection.Facts:
        """What the books and people say of this claim."""
        trade = self.is_of_business or self._is_plain_trade() or None
        return collection.Facts(
            undisputed=not any(
                line.item_id.id in book.disputed for line in self.line_ids
            ),
            due=all(line.due_date < book.as_of for line in self.line_ids),
            principal=to_decimal(self.claimed_principal),
            registered=not self._get_unregistered(),
            of_business=trade,
            contractual=trade,
            public=False if self.is_no_authority else None,
            insolvent=self._get_insolvent(book),
        )

    def _is_plain_trade(self) -> bool:
        """Invoices to a company: nobody has to say that they are of its business."""
        moves = self.line_ids.item_id.move_id
        return self.partner_id.is_company and all(m.is_invoice() for m in moves)

    def _get_unregistered(self):
        """Which of creditor and debtor are in no register of enterprises we know of."""
        union = self.env.ref("base.europe").country_ids
        return (self.company_id.partner_id | self.partner_id).filtered(
            lambda partner: (
                partner.country_id not in union
                or not ({partner.company_registry, partner.vat} - {False, "", "/"})
            )
        )

    def _get_insolvent(self, book: Book) -> bool | None:
        if self.profile_id.id in book.insolvent:
            return True
        looked_up = self.solvency_date or None
        return False if collection.still_counts(looked_up, book.as_of) else None

    # -- words -----------------------------------------------------------------

    def _get_uncontested_checks(self, book: Book) -> list[Check]:
        """The conditions in their order, and how much goes along."""
        labels = self._get_condition_labels()
        words = self._get_condition_words(book)
        checks = []
        found = collection.uncontested_conditions(self._get_facts(book))
        for name, met in found.items():
            todo, known = words[name]
            checks.append(
                Check(
                    name,
                    labels[name],
                    bool(met),
                    False,
                    known if met else todo,
                    asks=met is None,
                )
            )
        return [*checks, self._check_accessories()]

    def _get_condition_labels(self) -> dict[str, str]:
        return {
            "undisputed": self.env._("Undisputed"),
            "due": self.env._("A certain sum of money that is due"),
            "registered": self.env._("Both are registered enterprises"),
            "business": self.env._("From the business of both"),
            "contract": self.env._("By contract"),
            "private": self.env._("The debtor is no public authority"),
            "solvent": self.env._("No bankruptcy or reorganisation"),
        }

    def _get_condition_words(self, book: Book) -> dict[str, tuple[str, str]]:
        """{condition: (what to do while it isn't met, what is known)}."""
        trade = (
            self.env._("Invoices to a company.")
            if not self.is_of_business
            else self.env._("Confirmed.")
        )
        say_so = self.env._(
            'A person, or no invoice: if it is so, tick "%s".',
            self._fields["is_of_business"]._description_string(self.env),
        )
        unregistered = ", ".join(self._get_unregistered().mapped("display_name"))
        return {
            "undisputed": (
                self.env._("A dispute is open."),
                self.env._("No dispute is open in our books."),
            ),
            "due": (
                self.env._("Not all of it is due, or nothing is open."),
                format_amount(self.env, self.claimed_principal, self.currency_id),
            ),
            "registered": (
                self.env._(
                    "Enter the company number of %s, within the European Union.",
                    unregistered,
                ),
                self._word_numbers(),
            ),
            "business": (say_so, trade),
            "contract": (say_so, trade),
            "private": (
                self.env._("Look up its legal form (KBO), then tick below."),
                self.env._("Confirmed."),
            ),
            "solvent": self._word_solvency(book),
        }

    def _word_numbers(self) -> str:
        return " – ".join(
            partner.company_registry or partner.vat or ""
            for partner in (self.company_id.partner_id, self.partner_id)
        )

    def _word_solvency(self, book: Book) -> tuple[str, str]:
        day = format_date(self.env, self.solvency_date) if self.solvency_date else ""
        if since := book.insolvent.get(self.profile_id.id):
            asked = self.env._(
                "A signal on the debtor says otherwise since %s.",
                format_date(self.env, since),
            )
        elif day:
            asked = self.env._("Looked up on %s: look it up again.", day)
        else:
            asked = self.env._("Look it up (KBO, Regsol), then enter the day below.")
        return asked, self.env._("Looked up on %s.", day)

    def _check_accessories(self) -> Check:
        claimed = collection.Parts(
            *(
                to_decimal(amount)
                for amount in (
                    self.claimed_costs,
                    self.claimed_interest,
                    self.claimed_principal,
                )
            )
        )
        beside = claimed.costs + claimed.interest
        taken = collection.uncontested_accessories(claimed)
        amounts = {
            "beside": format_amount(self.env, float(beside), self.currency_id),
            "taken": format_amount(self.env, float(taken), self.currency_id),
        }
        words = (
            self.env._("%(beside)s are within 10 %% of the invoices.", **amounts)
            if taken == beside
            else self.env._(
                "Of %(beside)s no more than %(taken)s (10 %% of the invoices) are taken "
                "along.",
                **amounts,
            )
        )
        within = taken == beside
        return Check(
            "accessories",
            self.env._("Interest and costs"),
            within or None,
            False,
            words,
        )
