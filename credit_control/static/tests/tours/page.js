import { registry } from "@web/core/registry";

import { patient } from "./steps";

/** The day in `days` days, as a date field takes it. */
function inDays(days) {
    const day = new Date();
    day.setDate(day.getDate() + days);
    return day.toLocaleDateString("sv");
}

registry.category("web_tour.tours").add("credit_control_page", {
    steps: () => patient([
        {
            content: "The overdue invoice is ticked",
            trigger: ".o_credit_account:has(input[name='item']:checked)",
        },
        {
            content: "I'll pay on …",
            trigger: "button[data-bs-target='#credit_promise']",
            run: "click",
        },
        {
            content: "Choose the day",
            trigger: "#credit_promise.show #promise_day",
            run({ anchor }) {
                anchor.value = inDays(5);
            },
        },
        {
            content: "Promise",
            trigger: "#credit_promise.show button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is accepted",
            trigger: ".alert-success:contains(Thank you. We expect)",
        },
        {
            content: "It stands beside the invoice",
            trigger: ".o_credit_account tr:has(input[name='item']:not(:checked)):contains(Promised for)",
        },
    ]),
});
