import binascii
from base64 import b64decode

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route
from odoo.tools import consteq

from odoo.addons.portal.controllers.portal import CustomerPortal

from .portal import speak_to

# Nobody's name is longer, nor a drawn signature larger.
LONGEST_NAME, LARGEST_SIGNATURE = 200, 1_000_000


class PortalPlan(CustomerPortal):
    """The page on which a debtor reads and signs his instalment plan."""

    def _get_plan(self, plan_id: int, access_token: str | None):
        """The plan, for whoever has its link.

        :raises AccessError: wrong token, or a plan that is not offered yet
        :raises MissingError: no such plan
        """
        if not access_token and not request.env.user._is_internal():
            raise AccessError(request.env._("This page needs its whole link."))
        plan = self._document_check_access("credit.plan", plan_id, access_token)
        if request.httprequest.method == "POST" and not consteq(
            plan.access_token or "", access_token or ""
        ):
            raise AccessError(request.env._("Only the debtor answers."))
        if plan.state in ("draft", "requested", "refused"):
            raise AccessError(request.env._("This plan is not offered."))
        return plan

    @route(
        "/my/credit/plan/<int:plan_id>",
        type="http",
        auth="public",
        website=True,
        sitemap=False,
    )
    def portal_plan(
        self, plan_id, access_token=None, report_type=None, download=False, **_values
    ):
        try:
            plan = self._get_plan(plan_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if report_type in ("html", "pdf", "text"):
            return self._show_report(
                plan, report_type, "credit_control.action_report_plan", download
            )
        speak_to(plan.profile_id)
        plan = plan.with_context(lang=request.env.lang)
        today = plan.company_id._credit_today()
        return request.render(
            "credit_control.portal_plan_page",
            {
                "plan": plan,
                "page_name": "credit_plan",
                "answerable": plan._is_answerable(today),
                "token": access_token or plan._portal_ensure_token(),
                "res_company": plan.company_id,
                "signer": ""
                if request.env.user._is_public()
                else request.env.user.name,
            },
        )

    @route(
        "/my/credit/plan/<int:plan_id>/sign",
        type="jsonrpc",
        auth="public",
        website=True,
    )
    def portal_plan_sign(self, plan_id, access_token=None, name=None, signature=None):
        access_token = access_token or request.httprequest.args.get("access_token")
        try:
            plan = self._get_plan(plan_id, access_token)
        except (AccessError, MissingError):
            return {"error": request.env._("This plan can't be reached.")}
        refusal = self._check_signature(name, signature)
        if refusal:
            return {"error": refusal}
        try:
            plan._sign(
                name.strip(),
                signature,
                request.httprequest.remote_addr,
                plan.company_id._credit_today(),
            )
        except UserError as error:
            request.env.cr.rollback()
            return {"error": str(error)}
        return {"force_refresh": True, "redirect_url": plan.get_portal_url()}

    def _check_signature(self, name, signature) -> str | None:
        if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
            return request.env._("Fill in your name.")
        if not isinstance(signature, str) or not signature:
            return request.env._("The signature is missing.")
        if len(signature) > LARGEST_SIGNATURE:
            return request.env._("The signature can't be read.")
        try:
            b64decode(signature, validate=True)
        except (ValueError, binascii.Error):
            return request.env._("The signature can't be read.")
        return None

    @route(
        "/my/credit/plan/<int:plan_id>/refuse",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def portal_plan_refuse(self, plan_id, access_token=None, reason="", **_values):
        try:
            plan = self._get_plan(plan_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        today = plan.company_id._credit_today()
        if plan._is_answerable(today):
            plan._refuse_by_debtor(reason, today)
        return request.redirect(plan.get_portal_url())
