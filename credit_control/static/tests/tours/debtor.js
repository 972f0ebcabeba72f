import { registry } from "@web/core/registry";

import { patient } from "./steps";

registry.category("web_tour.tours").add("credit_control_plan_sign", {
    steps: () => patient([
        {
            content: "Fill in the name",
            trigger: ".o_portal_credit_plan .o_web_sign_name_input",
            run: "edit Anna Debtor",
        },
        {
            content: "Sign",
            trigger: ".o_portal_sign_submit:enabled",
            run: "click",
        },
        {
            content: "It is signed",
            trigger: ".o_portal_credit_plan .alert-success:contains(Anna Debtor)",
        },
    ]),
});
