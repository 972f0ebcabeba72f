from collections import Counter
from datetime import date, datetime, time, timedelta

from odoo import Command, api, fields, models
from odoo.tools import file_open, float_round, split_every

from . import story

COMPANY_XMLID = "credit_control.demo_company"
PORTION = 150
BARE = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_auto_subscribe_no_notify": True,
    "no_reset_password": True,
}
USERS = (
    ("accountant", "Els Accountant", "credit_control.group_officer"),
    ("manager", "Karel Manager", "credit_control.group_manager"),
)
# First words of names by Odoo's letter of the trade; what isn't here is in trade.
INDUSTRIES = {
    "C": "Bakkerij IJssalon Slagerij Hoeveslager",
    "I": "Brasserie Café Domaine Eetcafé Eethuis Feestzaal Friterie Frituur Horecagroep"
    " Hotel Hôtel Lunchroom Partyservice Restaurant Snackpoint Sporthotel"
    " Strandpaviljoen Tearoom Traiteur Zaal",
    "P": "School",
    "Q": "Woonzorg Zorghuis",
}
PROSPECTS = (
    ("Hotel De Gulden Snede", "Kortrijk", "be", "+32 56 55 01 23"),
    ("Restaurant Zilverduin", "Oostende", "be", "+32 59 55 01 45"),
    ("Bakkerij Morgenrood", "Aalst", "be", "+32 53 55 01 67"),
    ("Brasserie Het Anker", "Breda", "nl", "+31 76 555 0189"),
)
# (place of the customer, signal, days ago, source, what is known)
SIGNALS = (
    (4, "accounts", 40, "Nationale Bank", "Jaarrekening vier maanden te laat."),
    (12, "press", 12, "Krant", "Sluit twee van de vijf vestigingen."),
    (12, "staff", 5, "Vertegenwoordiger", "De zaakvoerder van Gent is weg."),
    (21, "bounced", 20, "Bank", "Domiciliëring teruggekomen."),
    (30, "rumour", 75, "Vertegenwoordiger", "Zou overgenomen worden."),
    (44, "directors", 30, "Staatsblad", "Nieuwe bestuurder."),
)
# (place of the customer, days ago, days valid, points, rating, advised limit)
REPORTS = (
    (4, 60, 365, 48, "C", 2500),
    (7, 25, 365, 88, "A", 25000),
    (12, 380, 365, 71, "B", 10000),
    (19, 25, 365, 66, "B", 7500),
    (33, 90, 365, 79, "A-", 15000),
)
# Units of the currency for one euro: at the start and 18 months later.
RATES = {"USD": (1.06, 1.17), "GBP": (0.84, 0.87), "CHF": (0.97, 0.93)}


class CreditDemo(models.AbstractModel):
    """A Belgian wholesaler with 60 customers and 18 months of sales."""

    _name = "credit.demo"
    _description = "Demo wholesaler"

    @api.model
    def _load_demo(self):
        self._build(fields.Date.context_today(self))

    @api.model
    def _build(self, as_of: date, count: int = story.INVOICES):
        """The demo company, built as it stands on ``as_of`` if it isn't there yet.

        :param count: of invoices; at least one for every customer
        """
        company = self.env.ref(COMPANY_XMLID, raise_if_not_found=False)
        if company:
            return company
        demo = self.with_context(**BARE)
        company = demo._create_company()
        demo = demo.with_company(company).with_context(
            allowed_company_ids=company.ids, **BARE
        )
        demo._fill(company.with_env(demo.env), as_of, count)
        return company.with_env(self.env)

    def _fill(self, company, as_of: date, count: int) -> None:
        with file_open("credit_control/demo/customers.csv") as file:
            customers = story.read_customers(file)
        sales = story.tell(customers, as_of, count)
        self._create_users(company)
        self._create_rates(company, as_of)
        self._claim_charges(company)
        partners = self._create_partners(customers)
        self._create_profiles(company, customers, partners, as_of)
        invoices = self._create_invoices(company, customers, partners, sales)
        unallocated = self._prepare_unallocated(company, customers, partners, as_of)
        self._receive_payments(company, invoices, sales, unallocated)
        self._create_credit_notes(customers, partners, invoices, as_of)
        self._create_opening_balance(company, partners, as_of)
        self._dispute(customers, partners, invoices)
        self._plan(company, customers, partners, as_of)
        self._create_drafts(partners, invoices)
        self._create_prospects()
        self._create_portfolios(company)
        self._agree(company, customers, partners, as_of)
        self._watch(company, partners, as_of)
        self.env["credit.profile"]._rate_all(company, as_of)
        self.env["credit.payer.trait"]._find(company, as_of)
        self._call(company, as_of)
        self._decide_limits(company, partners, as_of)

    # -- company ---------------------------------------------------------------

    def _create_company(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        # Else Odoo installs every addon made for Belgium.
        companies = self.env["res.company"].with_context(chart_template_load=True)
        company = companies.create(
            {
                "name": "Groothandel De Leie NV",
                "street": "Leiekaai 404",
                "zip": "9000",
                "city": "Gent",
                "country_id": self.env.ref("base.be").id,
                "currency_id": euro.id,
                "vat": story.vat_number("BE", 999),
            }
        )
        layout = self.env.ref("web.external_layout_standard", raise_if_not_found=False)
        if layout:
            company.external_report_layout_id = layout
        company = company.with_env(self.env)
        # Not at once: Odoo would look the domain up on the internet.
        company.email = "debiteuren@deleie.example.com"
        company.website = "https://deleie.example.com"
        self._name_record(COMPANY_XMLID, company)
        self._load_chart(company)
        journal = self._get_journal(company, "bank")
        journal.set_bank_account("BE68 5390 0754 7034")
        return company

    def _load_chart(self, company) -> None:
        # Not try_loading(): it warns while addons are being installed, unless it may
        # also put Odoo's own sample invoices into the company.
        charts = self.env["account.chart.template"]
        belgian = "be_comp" in charts._get_chart_template_mapping() and (
            self.env["ir.module.module"]._get("l10n_be").state == "installed"
        )
        charts._load("be_comp" if belgian else "generic_coa", company, False)
        # The generic chart brings the dollar.
        company.currency_id = self.env.ref("base.EUR")

    def _name_record(self, xmlid: str, record) -> None:
        self.env["ir.model.data"]._update_xmlids(
            [{"xml_id": xmlid, "record": record, "noupdate": True}]
        )

    def _get_journal(self, company, kind: str):
        return self.env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", kind)], limit=1
        )

    def _create_users(self, company) -> None:
        users = self.env["res.users"]
        languages = dict(self.env["res.lang"].get_installed())
        for login, name, group in USERS:
            if users.with_context(active_test=False).search([("login", "=", login)]):
                continue
            user = users.create(
                {
                    "login": login,
                    "password": login,
                    "name": name,
                    "email": f"{login}@deleie.example.com",
                    "lang": self._get_lang("en_US", languages),
                    "company_id": company.id,
                    "company_ids": [Command.set(company.ids)],
                    "group_ids": [
                        Command.link(self.env.ref("base.group_user").id),
                        Command.link(self.env.ref(group).id),
                    ],
                }
            )
            self._name_record(f"credit_control.demo_user_{login}", user)
        admin = self.env.ref("base.user_admin")
        admin.write(
            {"company_ids": [Command.link(company.id)], "company_id": company.id}
        )

    def _create_rates(self, company, as_of: date) -> None:
        currencies = self.env["res.currency"].with_context(active_test=False)
        months = range(20)
        for code, (first, last) in RATES.items():
            currency = currencies.search([("name", "=", code)])
            currency.active = True
            self.env["res.currency.rate"].create(
                [
                    {
                        "currency_id": currency.id,
                        "company_id": company.id,
                        "name": as_of.replace(day=1) - timedelta(days=30 * month),
                        "company_rate": last - (last - first) * month / months.stop,
                    }
                    for month in months
                ]
            )

    def _claim_charges(self, company) -> None:
        """The last notice claims what the law allows."""
        for level in ("level_last", "level_poor_last"):
            self.env.ref(f"credit_control.{level}").write(
                {"cost_basis": "law", "interest_basis": "law"}
            )
        costs, interest = self.env["account.account"].create(
            [
                {
                    "code": code,
                    "name": name,
                    "account_type": "income_other",
                    "company_ids": [Command.link(company.id)],
                }
                for code, name in (
                    ("744900", "Recovery costs charged"),
                    ("751900", "Interest for late payment"),
                )
            ]
        )
        company.write(
            {
                "credit_charge_posting": "notice",
                "credit_charge_journal_id": self._get_journal(company, "general").id,
                "credit_costs_account_id": costs.id,
                "credit_interest_account_id": interest.id,
            }
        )

    # -- customers -------------------------------------------------------------

    def _create_partners(self, customers):
        terms = self._create_terms()
        languages = dict(self.env["res.lang"].get_installed())
        partners = self.env["res.partner"].create(
            [
                self._prepare_partner_vals(index, customer, terms, languages)
                for index, customer in enumerate(customers)
            ]
        )
        self.env["res.partner"].create(
            [
                {
                    "parent_id": partner.id,
                    "type": "invoice",
                    "name": {"fr": "Comptabilité", "nl": "Boekhouding"}[customer.lang],
                    "email": self._get_email("facturen", customer),
                    "lang": partner.lang,
                }
                for partner, customer in zip(partners, customers, strict=True)
                if "invoice_contact" in customer.marks
            ]
        )
        return partners

    def _create_terms(self) -> dict:
        names = {
            "usual": "30 dagen",
            "consumer": "14 dagen",
            "instalment": "30 % na 14 dagen, 70 % na 60 dagen",
        }
        return {
            key: self.env["account.payment.term"].create(
                {
                    "name": names[key],
                    "company_id": self.env.company.id,
                    "line_ids": [
                        Command.create(
                            {"value": kind, "value_amount": percent, "nb_days": days}
                        )
                        for kind, percent, days in lines
                    ],
                }
            )
            for key, lines in story.TERMS.items()
        }

    def _prepare_partner_vals(self, index: int, customer, terms, languages) -> dict:
        code = f"{customer.lang}_{customer.country}"
        vals = {
            "name": customer.name,
            "street": customer.street,
            "zip": customer.zip,
            "city": customer.city,
            "country_id": self.env.ref(f"base.{customer.country.lower()}").id,
            "is_company": not customer.is_consumer,
            "industry_id": not customer.is_consumer
            and self._get_industry(customer.name).id,
            "lang": self._get_lang(code, languages),
            "company_id": self.env.company.id,
            "property_payment_term_id": terms[customer.term].id,
            "customer_rank": 1,
        }
        if not customer.is_consumer:
            vals["vat"] = story.vat_number(customer.country, index)
        if "no_email" not in customer.marks:
            box = {"fr": "compta", "nl": "boekhouding"}[customer.lang]
            vals["email"] = self._get_email(box, customer)
        return vals

    def _get_industry(self, name: str):
        """The trade that the first word of a customer's name says."""
        first = name.split()[0]
        code = next((key for key, words in INDUSTRIES.items() if first in words), "G")
        return self.env.ref(f"base.res_partner_industry_{code}")

    def _create_prospects(self) -> None:
        """Businesses that never bought yet."""
        self.env["res.partner"].create(
            [
                {
                    "name": name,
                    "city": city,
                    "country_id": self.env.ref(f"base.{country}").id,
                    "industry_id": self._get_industry(name).id,
                    "is_company": True,
                    "company_id": self.env.company.id,
                    "phone": phone,
                }
                for name, city, country, phone in PROSPECTS
            ]
        )

    def _get_lang(self, code: str, languages: dict) -> str:
        """``code``, else the same language of another country, else any."""
        near = [lang for lang in languages if lang[:2] == code[:2]]
        return next(iter([code] * (code in languages) + near), self.env.lang or "en_US")

    def _get_email(self, box: str, customer) -> str:
        name = self.env["ir.http"]._slugify(customer.name).replace("-", "")
        return f"{box}@{name}.example.com"

    def _create_profiles(self, company, customers, partners, as_of: date) -> None:
        profiles = self.env["credit.profile"]._get_or_create(partners, company)
        by_partner = {profile.partner_id: profile for profile in profiles}
        for partner, customer in zip(partners, customers, strict=True):
            vals = {
                "tier_id": self.env.ref(f"credit_control.tier_{customer.tier}").id,
                "tier_by_hand": False,
                "no_limit": not customer.limit,
                "limit": float(customer.limit or 0),
            }
            if "block" in customer.marks:
                vals |= {
                    "block_until": as_of + timedelta(days=21),
                    "block_reason": "Overname bezig; afspraak met de nieuwe uitbater.",
                }
            by_partner[partner].write(vals)

    def _create_portfolios(self, company) -> None:
        """The accountant calls everybody; the manager stands in for him."""
        users = self.env["res.users"].search(
            [("login", "in", ("accountant", "manager"))]
        )
        by_login = {user.login: user for user in users}
        portfolios = self.env["credit.portfolio"]
        portfolios.create(
            {
                "name": "Alle klanten",
                "company_id": company.id,
                "collector_id": by_login["accountant"].id,
                "stand_in_id": by_login["manager"].id,
            }
        )
        portfolios._assign(company)

    def _call(self, company, as_of: date) -> None:
        """Calls of the last weeks; one of them is to be followed up today."""
        debtors = self.env["credit.profile"].search([("company_id", "=", company.id)])
        late = debtors.sorted("overdue_amount", reverse=True)[: len(story.CALLS)]
        caller = self.env["res.users"].search([("login", "=", "accountant")])
        for profile, call in zip(late, story.CALLS, strict=True):
            called = as_of - timedelta(days=call.days)
            follow_up = call.follow_up and called + timedelta(days=call.follow_up)
            profile._log_call(
                called,
                date=datetime.combine(called, time(9, 30)),
                user_id=caller.id,
                contact_id=profile._get_contact().id,
                outcome=call.outcome,
                tone="businesslike",
                cause=call.cause,
                agreement=call.agreement,
                follow_up_date=follow_up,
            )

    def _decide_limits(self, company, partners, as_of: date) -> None:
        """General terms that most accepted, a group, a temporary limit, a request."""
        profiles = self.env["credit.profile"]._get_or_create(partners, company)
        terms = self.env["credit.terms"].create(
            {
                "name": "Algemene voorwaarden 2024",
                "company_id": company.id,
                "date": as_of - timedelta(days=540),
            }
        )
        profiles[6:].write(
            {
                "terms_id": terms.id,
                "terms_state": "accepted",
                "terms_date": as_of - timedelta(days=500),
            }
        )
        self.env["credit.group"].create(
            {
                "name": "Horeca Schelde",
                "company_id": company.id,
                "limit": 70000,
                "member_ids": [Command.set(profiles[:2].ids)],
            }
        )
        profiles[4].with_context(
            credit_limit_reason="Kerstmarkt: grotere leveringen in december."
        ).write(
            {
                "temp_limit": 5000,
                "temp_from": as_of - timedelta(days=10),
                "temp_until": as_of + timedelta(days=35),
            }
        )
        request = self.env["credit.limit.request"].create(
            {
                "partner_id": profiles[5].partner_id.id,
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "amount": 12000,
                "reason": "Tweede zaak geopend, vraagt ruimte voor de zomer.",
                "requester_id": self.env["res.users"]
                .search([("login", "=", "accountant")])
                .id,
            }
        )
        request.with_context(mail_activity_quick_update=True).action_submit()

    # -- ledger ----------------------------------------------------------------

    def _create_invoices(self, company, customers, partners, sales):
        taxes = self._get_taxes(company, partners)
        journal = self._get_journal(company, "sale")
        names = self._get_names(journal, [sale.day for sale in sales])
        return self._post(
            [
                self._prepare_invoice_vals(
                    name,
                    journal,
                    self._get_invoiced(partners[sale.customer]),
                    self._get_currency(customers[sale.customer]),
                    taxes[partners[sale.customer]],
                    sale,
                )
                for sale, name in zip(sales, names, strict=True)
            ]
        )

    def _prepare_invoice_vals(
        self, name, journal, partner, currency, taxes, sale
    ) -> dict:
        return {
            "move_type": "out_invoice",
            "name": name,
            "journal_id": journal.id,
            "partner_id": partner.id,
            "invoice_date": sale.day,
            "currency_id": currency.id,
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": words,
                        "quantity": quantity,
                        "price_unit": price,
                        "account_id": journal.default_account_id.id,
                        "analytic_distribution": False,
                        "tax_ids": [Command.set(taxes.ids)],
                    }
                )
                for words, quantity, price in sale.lines
            ],
        }

    def _post(self, vals_list):
        """Posted entries, made in portions.

        The database plans badly for tables that grow within one transaction; it gets
        to know their size after each portion.
        """
        posted = self.env["account.move"]
        for portion in split_every(PORTION, vals_list, list):
            moves = posted.create(portion)
            moves.action_post()
            self.env.flush_all()
            self.env.cr.execute("ANALYZE account_move, account_move_line")
            posted |= moves
        return posted

    def _get_names(self, journal, days) -> list[str]:
        """The numbers that the journal would give, found without 600 queries."""
        counts = Counter()
        names = []
        for day in days:
            counts[day.year] += 1
            names.append(f"{journal.code}/{day.year}/{counts[day.year]:05d}")
        return names

    def _get_taxes(self, company, partners) -> dict:
        positions = self.env["account.fiscal.position"].with_company(company)
        sale_tax = company.account_sale_tax_id
        return {
            partner: positions._get_fiscal_position(partner).map_tax(sale_tax)
            for partner in partners
        }

    def _get_invoiced(self, partner):
        contacts = partner.child_ids.filtered(lambda child: child.type == "invoice")
        return contacts[:1] or partner

    def _get_currency(self, customer):
        return self.env.ref(f"base.{customer.currency}")

    def _get_receivable_lines(self, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )

    def _receive_payments(self, company, invoices, sales, unallocated) -> None:
        pairs = [
            (invoice, payment.day, amount)
            for invoice, sale in zip(invoices, sales, strict=True)
            for payment, amount in zip(
                sale.payments, self._split(invoice, sale), strict=True
            )
        ]
        entries = self._receive(
            company,
            [
                (invoice.partner_id, day, amount, invoice.currency_id, invoice.name)
                for invoice, day, amount in pairs
            ]
            + unallocated,
        )
        plan = {}
        for (invoice, _day, _amount), entry in zip(pairs, entries, strict=False):
            plan.setdefault(invoice, self._get_receivable_lines(invoice))
            plan[invoice] |= self._get_receivable_lines(entry)
        self.env["account.move.line"]._reconcile_plan(list(plan.values()))

    def _prepare_unallocated(self, company, customers, partners, as_of: date) -> list:
        return [
            (
                partner,
                as_of - timedelta(days=6),
                340.5,
                company.currency_id,
                {"nl": "betaling", "fr": "paiement"}[customer.lang],
            )
            for partner, customer in zip(partners, customers, strict=True)
            if "unallocated" in customer.marks
        ]

    def _split(self, invoice, sale) -> list[float]:
        """The amounts of the payments; the last of all takes the rounding."""
        rounding = invoice.currency_id.rounding
        amounts = [
            float_round(
                invoice.amount_total * payment.share, precision_rounding=rounding
            )
            for payment in sale.payments
        ]
        if amounts and abs(sum(payment.share for payment in sale.payments) - 1) < 1e-6:
            amounts[-1] = invoice.amount_total - sum(amounts[:-1])
        return amounts

    def _receive(self, company, receipts):
        """Bank entries booked on the customers' accounts, in the order given.

        :param receipts: (partner, day, amount, currency, communication)
        """
        journal = self._get_journal(company, "bank")
        names = self._get_names(journal, sorted(receipt[1] for receipt in receipts))
        # Numbers go up with the dates.
        order = sorted(range(len(receipts)), key=lambda place: receipts[place][1])
        moves = self._post(
            [
                self._prepare_receipt_vals(company, journal, name, *receipts[place])
                for place, name in zip(order, names, strict=True)
            ]
        )
        by_place = dict(zip(order, moves, strict=True))
        return [by_place[place] for place in range(len(receipts))]

    def _prepare_receipt_vals(
        self, company, journal, name, partner, day, amount, currency, words
    ) -> dict:
        balance = currency._convert(amount, company.currency_id, company, day)
        customer = partner.commercial_partner_id
        common = {"name": words, "partner_id": customer.id}
        return {
            "move_type": "entry",
            "name": name,
            "journal_id": journal.id,
            "partner_id": customer.id,
            "date": day,
            "ref": words,
            "line_ids": [
                Command.create(
                    {
                        **common,
                        "account_id": journal.default_account_id.id,
                        "balance": balance,
                        "analytic_distribution": False,
                    }
                ),
                Command.create(
                    {
                        **common,
                        "account_id": customer.property_account_receivable_id.id,
                        "currency_id": currency.id,
                        "amount_currency": -amount,
                        "balance": -balance,
                        "date_maturity": day,
                        "analytic_distribution": False,
                    }
                ),
            ],
        }

    def _create_credit_notes(self, customers, partners, invoices, as_of: date) -> None:
        """Per marked customer one for a returned part, and one still unmatched."""
        refunds = self.env["account.move"]
        for partner, customer in zip(partners, customers, strict=True):
            if "credit_note" in customer.marks:
                own = invoices.filtered(
                    lambda move, who=partner: move.commercial_partner_id == who
                )
                unpaid = own.filtered(lambda move: move.payment_state == "not_paid")
                refunds |= self._create_refund((unpaid or own)[-1], as_of, 0.4)
                refunds |= self._create_refund(own[len(own) // 2], as_of, 0.1)
        refunds.action_post()
        for refund in refunds:
            lines = self._get_receivable_lines(refund + refund.reversed_entry_id)
            open_lines = lines.filtered(lambda line: not line.reconciled)
            if len(open_lines.move_id) > 1:
                open_lines.reconcile()

    def _create_drafts(self, partners, invoices) -> None:
        """The latest sale of some customers once more, not posted yet."""
        for partner in partners[::12]:
            own = invoices.filtered(
                lambda move, who=partner: move.commercial_partner_id == who
            )
            own[-1:].copy()

    def _create_refund(self, invoice, as_of: date, share: float):
        line = invoice.invoice_line_ids[0]
        return self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "journal_id": invoice.journal_id.id,
                "partner_id": invoice.partner_id.id,
                "invoice_date": min(as_of, invoice.invoice_date + timedelta(days=10)),
                "reversed_entry_id": invoice.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": line.name,
                            "quantity": 1,
                            "price_unit": float_round(
                                invoice.amount_untaxed * share, precision_digits=2
                            ),
                            "tax_ids": [Command.set(line.tax_ids.ids)],
                        }
                    )
                ],
            }
        )

    def _create_opening_balance(self, company, partners, as_of: date) -> None:
        """What two customers owed when the books were taken over: a journal entry."""
        day = as_of - timedelta(days=story.DAYS + 10)
        equity = self.env["account.account"].search(
            [
                *self.env["account.account"]._check_company_domain(company),
                ("account_type", "in", ("equity", "equity_unaffected")),
            ],
            limit=1,
        )
        owed = {partners[10]: 415.30, partners[33]: 268.75}
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self._get_journal(company, "general").id,
                "date": day,
                "ref": "Beginbalans",
                "line_ids": [
                    Command.create(
                        {
                            "name": "Beginbalans",
                            "partner_id": partner.id,
                            "account_id": partner.property_account_receivable_id.id,
                            "date_maturity": day - timedelta(days=20),
                            "debit": amount,
                        }
                    )
                    for partner, amount in owed.items()
                ]
                + [
                    Command.create(
                        {
                            "name": "Beginbalans",
                            "account_id": equity.id,
                            "credit": sum(owed.values()),
                        }
                    )
                ],
            }
        )
        move.action_post()
        # Odoo leaves journal entries out of reminders; the first of these is claimed.
        self._get_receivable_lines(move)[0].no_followup = False

    def _dispute(self, customers, partners, invoices) -> None:
        for partner, customer in zip(partners, customers, strict=True):
            unpaid = invoices.filtered(
                lambda move, who=partner: move.commercial_partner_id == who
                and move.payment_state == "not_paid"
            )[:1]
            if unpaid and "dispute" in customer.marks:
                unpaid.action_toggle_block_payment()
            if unpaid and "no_followup" in customer.marks:
                unpaid.no_followup = True

    def _plan(self, company, customers, partners, as_of: date) -> None:
        """One who is slow pays in terms, another has an offer to answer."""
        slow = [
            partner
            for partner, customer in zip(partners, customers, strict=True)
            if customer.habit in ("slow", "late") and not customer.marks
        ]
        made = self.env["credit.plan"]
        for partner in slow:
            profile = self.env["credit.profile"]._get_or_create(partner, company)
            items = profile._get_overdue_claims()
            if items and len(made) < 2:
                made |= profile._propose_plan(
                    items,
                    "equal",
                    3 + len(made),
                    "monthly" if made else "two_weekly",
                    as_of + timedelta(days=5 + len(made)),
                    as_of,
                )
        for plan in made[:1]:
            plan._activate(as_of)

    def _agree(self, company, customers, partners, as_of: date) -> None:
        """Who pays late gives his word, disputes, or asks for something."""
        late = [
            partner.id
            for partner, customer in zip(partners, customers, strict=True)
            if customer.habit in ("late", "slow")
            and customer.currency == "EUR"
            and not {"dispute", "block", "no_followup"} & set(customer.marks)
        ]
        profiles = self.env["credit.profile"].search(
            [
                ("partner_id", "in", late),
                ("company_id", "=", company.id),
                ("plan_ids", "=", False),
            ],
            order="id",
        )
        owing = [
            (profile, item)
            for profile in profiles
            if (item := profile._get_overdue_claims()[:1])
        ]
        steps = (
            self._keep_promise,
            self._break_promise,
            self._dispute_in_part,
            self._promise_online,
            self._ask_for_time,
        )
        # Fewer debtors than steps only where few invoices were asked for.
        for step, (profile, item) in zip(steps, owing, strict=False):
            step(profile.sudo(), item, as_of)

    def _watch(self, company, partners, as_of: date) -> None:
        """What is heard of debtors, and what a credit agency thinks of them."""
        files = self.env["credit.profile"].sudo()
        for place, kind, days, source, note in SIGNALS:
            self.env["credit.signal"].create(
                {
                    "profile_id": files._get_or_create(partners[place], company).id,
                    "kind_id": self.env.ref(f"credit_control.signal_{kind}").id,
                    "date": as_of - timedelta(days=days),
                    "source": source,
                    "note": note,
                }
            )
        for place, days, valid, points, rating, limit in REPORTS:
            day = as_of - timedelta(days=days)
            self.env["credit.bureau.report"].create(
                {
                    "profile_id": files._get_or_create(partners[place], company).id,
                    "agency": "Kredietwijzer",
                    "date": day,
                    "until": day + timedelta(days=valid),
                    "points": points,
                    "rating": rating,
                    "limit": limit,
                }
            )

    def _promise(self, profile, item, as_of: date, made: int, until: int):
        return profile._make_promise(
            {item: item.amount_residual_currency},
            as_of - timedelta(days=until),
            as_of - timedelta(days=made),
            note="Beloofd aan de telefoon.",
        )

    def _keep_promise(self, profile, item, as_of: date) -> None:
        promise = self._promise(profile, item, as_of, 18, 9)
        entry = self.env["account.move"].create(
            self._prepare_receipt_vals(
                profile.company_id,
                self._get_journal(profile.company_id, "bank"),
                "/",
                profile.partner_id,
                as_of - timedelta(days=10),
                item.amount_residual_currency,
                item.currency_id,
                item.move_name,
            )
        )
        entry.action_post()
        (item | self._get_receivable_lines(entry)).reconcile()
        promise._judge(as_of)

    def _break_promise(self, profile, item, as_of: date) -> None:
        self._promise(profile, item, as_of, 21, 12)._judge(as_of)

    def _dispute_in_part(self, profile, item, as_of: date) -> None:
        profile._open_dispute(
            {item: item.currency_id.round(item.amount_residual_currency * 0.4)},
            self.env.ref("credit_control.dispute_category_price"),
            "De afgesproken korting ontbreekt op de factuur.",
            as_of - timedelta(days=3),
        )

    def _promise_online(self, profile, item, as_of: date) -> None:
        profile._ask_promise(item, as_of + timedelta(days=5), "", as_of)

    def _ask_for_time(self, profile, item, as_of: date) -> None:
        """Later than the policy accepts by itself: the collector decides."""
        days = profile._get_agreement_rules().portal_promise_days + 10
        words = "Wij betalen zodra onze eigen klant betaald heeft."
        profile._ask_promise(item, as_of + timedelta(days=days), words, as_of)
