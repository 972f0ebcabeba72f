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

registry.category("web_tour.tours").add("credit_control_sign", {
    steps: () => patient([
        {
            content: "The plan waits on his page",
            trigger: ".list-group-item:contains(Read and sign)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Where to sign",
            trigger: "#sign .o_web_sign_name_input",
            // The first letter brings the field of the signature.
            run({ anchor }) {
                anchor.value = "A";
                anchor.dispatchEvent(new InputEvent("input", { bubbles: true }));
            },
        },
        {
            content: "There it is",
            trigger: "#sign canvas.o_web_sign_signature",
        },
        {
            content: "The whole name",
            trigger: "#sign .o_web_sign_name_input",
            run: "edit Anna Azure",
        },
        {
            content: "It is drawn",
            trigger: "#sign canvas.o_web_sign_signature",
            run: "canvasNotEmpty",
        },
        {
            content: "Agree and sign",
            trigger: "#sign .o_portal_sign_submit:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is signed",
            trigger: ".alert-success:contains(Signed by Anna Azure)",
        },
    ]),
});
