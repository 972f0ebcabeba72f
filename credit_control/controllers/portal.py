import re
from datetime import date

from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import consteq

from odoo.addons.portal.controllers.portal import CustomerPortal

# What a debtor may send along, and how much of it.
MAX_FILES, MAX_BYTES = 5, 10 * 1024 * 1024
AMOUNT = re.compile(r"\d{1,12}([.,]\d{1,3})?")
# More than anybody writes.
MAX_TEXT = 4000


def speak_to(profile) -> None:
    """Who doesn't log in reads the debtor's language, until he chooses another."""
    if request.env.user._is_public() and "frontend_lang" not in request.cookies:
        lang = profile._get_contact().lang or profile.company_id.partner_id.lang
        request.update_context(lang=lang)
        # Else Odoo takes the language of this first visit for his choice.
        request.future_response.set_cookie("frontend_lang", lang)


class CreditPortal(CustomerPortal):
    """The debtor's own page: with the key in its link, or for whoever logs in."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "credit_count" in counters:
            values["credit_count"] = len(self._credit_own_profiles())
        return values

    def _credit_own_profiles(self):
        """The debtor files of the customer who is logged in."""
        partner = request.env.user.partner_id.commercial_partner_id
        profiles = request.env["credit.profile"].sudo()
        found = profiles.search([("partner_id", "=", partner.id)])
        return found.filtered(lambda profile: profile._has_page())

    def _credit_profile(self, profile_id: int, access_token=None):
        """The debtor file, if the visitor may see it.

        Whether there is one is nobody's business who may not.
        """
        profile = request.env["credit.profile"].sudo().browse(profile_id).exists()
        if not profile or not profile._has_page():
            raise NotFound()
        if not self._credit_may_see(profile, access_token):
            raise NotFound()
        speak_to(profile)
        return profile.with_env(request.env(su=True)).with_company(profile.company_id)

    def _credit_may_see(self, profile, access_token) -> bool:
        user = request.env.user
        token = profile.access_token
        if token and access_token and consteq(token, access_token):
            return True
        if user._is_public():
            return False
        if user._is_portal():
            return user.partner_id.commercial_partner_id == profile.partner_id
        return profile.with_user(user).has_access("read")

    # -- pages -----------------------------------------------------------------

    @http.route("/my/credit", type="http", auth="user", website=True)
    def credit_accounts(self):
        profiles = self._credit_own_profiles()
        if len(profiles) == 1:
            return request.redirect(profiles.access_url)
        values = {"profiles": profiles, "page_name": "credit"}
        return request.render("credit_control.portal_accounts", values)

    @http.route(
        "/my/credit/<int:profile_id>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def credit_account(self, profile_id, access_token=None, said=None, **kwargs):
        profile = self._credit_profile(profile_id, access_token)
        said = request.session.pop("credit_said", None) if said else None
        return self._credit_render(profile, access_token, said=said)

    def _credit_render(self, profile, access_token, **values):
        today = profile.company_id._credit_today()
        response = request.render(
            "credit_control.portal_account",
            {
                "profile": profile,
                "res_company": profile.company_id,
                "access_token": access_token,
                "today": today,
                "items": profile._get_page_items(today),
                "page_name": "credit",
                "asked": {},
                "chosen": (),
                **self._credit_page_values(profile, today),
                **values,
            },
        )
        # The key stands in the address: it is told to nobody.
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
        return response

    def _credit_page_values(self, profile, today) -> dict:
        """What else the page shows."""
        plans = request.env["credit.plan"]
        return {
            "plans": profile._get_page_plans(),
            "categories": request.env["credit.dispute.category"].sudo().search([]),
            "periods": plans._fields["period"]._description_selection(request.env),
            "most_terms": max(profile.company_id.credit_plan_terms, 1),
        }

    @http.route(
        "/my/credit/<int:profile_id>/notice/<int:notice_id>",
        type="http",
        auth="public",
        sitemap=False,
    )
    def credit_notice(self, profile_id, notice_id, access_token=None):
        """The letter of a notice, as it was sent."""
        profile = self._credit_profile(profile_id, access_token)
        notice = profile._get_page_notices().filtered(lambda n: n.id == notice_id)
        if not notice.attachment_id:
            raise NotFound()
        stream = request.env["ir.binary"].sudo()._get_stream_from(notice.attachment_id)
        return stream.get_response(as_attachment=True)

    # -- what the debtor says --------------------------------------------------

    @http.route(
        "/my/credit/<int:profile_id>/<string:kind>",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def credit_ask(self, profile_id, kind, access_token=None, **asked):
        profile = self._credit_profile(profile_id, access_token)
        answer = getattr(self, f"_credit_ask_{kind}", None)
        if answer is None:
            raise NotFound()
        chosen = self._credit_chosen()
        try:
            with request.env.cr.savepoint():
                said = answer(profile, chosen, asked)
        except UserError as error:
            # What he wrote stays on the page.
            return self._credit_render(
                profile,
                access_token,
                error=str(error),
                asked=asked,
                chosen=chosen,
                kind=kind,
            )
        request.session["credit_said"] = said
        key = {"access_token": access_token} if access_token else {}
        return request.redirect_query(profile.access_url, {**key, "said": 1})

    def _credit_chosen(self) -> list[int]:
        """Ids of the items that are ticked."""
        ticked = request.httprequest.form.getlist("item")
        return [int(item) for item in ticked if item.isdecimal()]

    def _credit_text(self, asked: dict, name="text") -> str:
        return (asked.get(name) or "").strip()[:MAX_TEXT]

    def _credit_ask_contact(self, profile, chosen, asked) -> str:
        return profile._ask_contact(self._credit_text(asked, "contact"))

    def _credit_ask_resend(self, profile, chosen, asked) -> str:
        return profile._ask_invoices(
            profile._get_page_choice(chosen),
            self._credit_text(asked, "resend"),
            profile.company_id._credit_today(),
        )

    def _credit_ask_promise(self, profile, chosen, asked) -> str:
        return profile._ask_promise(
            profile._get_page_choice(chosen),
            self._credit_day(asked, "promise_day"),
            self._credit_text(asked, "promise"),
            profile.company_id._credit_today(),
        )

    def _credit_ask_dispute(self, profile, chosen, asked) -> str:
        return profile._ask_dispute(
            profile._get_page_choice(chosen),
            self._credit_category(asked),
            self._credit_text(asked, "dispute"),
            profile.company_id._credit_today(),
            amount=self._credit_amount(asked),
            files=self._credit_files(),
        )

    def _credit_ask_plan(self, profile, chosen, asked) -> str:
        count = asked.get("plan_count") or ""
        period = asked.get("plan_period")
        periods = dict(request.env["credit.plan"]._fields["period"].selection)
        if not count.isdecimal() or period not in periods:
            raise UserError(request.env._("Please choose how you want to pay."))
        return profile._ask_plan(
            profile._get_page_choice(chosen),
            int(count),
            period,
            self._credit_day(asked, "plan_day"),
            self._credit_text(asked, "plan"),
            profile.company_id._credit_today(),
        )

    def _credit_day(self, asked: dict, name: str) -> date:
        try:
            day = fields.Date.to_date(asked.get(name))
        except ValueError:
            day = None
        if not day:
            raise UserError(request.env._("Please choose a day."))
        return day

    def _credit_amount(self, asked: dict) -> float | None:
        """The amount in dispute; None where all of it is."""
        text = (asked.get("dispute_amount") or "").strip()
        if not text:
            return None
        if not AMOUNT.fullmatch(text):
            raise UserError(
                request.env._("“%s” is no amount: please write it as 123.45.", text)
            )
        return float(text.replace(",", "."))

    def _credit_category(self, asked: dict):
        categories = request.env["credit.dispute.category"].sudo()
        chosen = asked.get("dispute_category") or ""
        return (
            categories.search([("id", "=", int(chosen))])
            if chosen.isdecimal()
            else categories
        )

    def _credit_files(self) -> list[tuple[str, bytes]]:
        """(name, content) of what he shows.

        :raises UserError: too many files, or too large ones
        """
        sent = [f for f in request.httprequest.files.getlist("files") if f.filename]
        if len(sent) > MAX_FILES:
            raise UserError(
                request.env._("Please send no more than %s files.", MAX_FILES)
            )
        files = [(f.filename, f.read(MAX_BYTES + 1)) for f in sent]
        for name, content in files:
            if len(content) > MAX_BYTES:
                raise UserError(
                    request.env._(
                        "The file %(name)s is larger than %(size)s MB.",
                        name=name,
                        size=MAX_BYTES // 1024 // 1024,
                    )
                )
        return files
