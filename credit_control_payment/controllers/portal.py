from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request

from odoo.addons.account_payment.controllers.payment import PaymentPortal
from odoo.addons.credit_control.controllers.portal import CreditPortal


class CreditPaymentPortal(CreditPortal, PaymentPortal):
    """Chosen items of the debtor's page go through Odoo's own payment form."""

    @http.route(
        "/my/credit/<int:profile_id>/pay",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def credit_pay(self, profile_id, access_token=None, **asked):
        profile = self._credit_profile(profile_id, access_token)
        chosen = self._credit_chosen()
        try:
            items = profile._get_page_payment(chosen)
        except UserError as error:
            return self._credit_render(
                profile, access_token, error=str(error), asked=asked, chosen=chosen
            )
        return request.render(
            "credit_control_payment.portal_pay",
            self._credit_payment_values(profile, items, access_token),
        )

    def _credit_payment_values(self, profile, items, access_token) -> dict:
        amount = sum(items.mapped("amount_residual_currency"))
        reference = ", ".join(dict.fromkeys(items.mapped("move_name")))
        numbers = "-".join(map(str, items.ids))
        values = self._get_common_page_view_values(
            invoices_data={
                "partner": profile.partner_id,
                "company": profile.company_id,
                "total_amount": amount,
                "currency": items.currency_id,
                "payment_reference": reference,
                "landing_route": profile.get_portal_url()
                if access_token
                else profile.access_url,
                "transaction_route": f"/my/credit/{profile.id}/transaction/{numbers}",
            },
            access_token=access_token,
        )
        return {
            **values,
            "amount": amount,
            "page_name": "credit",
            "profile": profile,
            "reference": reference,
        }

    @http.route(
        "/my/credit/<int:profile_id>/transaction/<string:numbers>",
        type="jsonrpc",
        auth="public",
    )
    def credit_transaction(self, profile_id, numbers, access_token=None, **kwargs):
        """Begin to pay: what is paid is what is open, whatever the page says.

        :raises ValidationError: something was settled meanwhile
        """
        profile = self._credit_profile(profile_id, access_token)
        self._validate_transaction_kwargs(kwargs, ("payment_reference",))
        try:
            chosen = [
                int(number) for number in numbers.split("-") if number.isdecimal()
            ]
            items = profile._get_page_payment(chosen)
        except UserError as error:
            raise ValidationError(str(error)) from error
        user = request.env.user
        partner = profile.partner_id if user._is_public() else user.partner_id
        kwargs["amount"] = sum(items.mapped("amount_residual_currency"))
        reference = kwargs.pop("payment_reference", None) or items[:1].move_name
        return self._process_transaction(
            partner.id, items.currency_id.id, items.move_id.ids, reference, **kwargs
        )
