import {
    confirm,
    FORM,
    isAt,
    isInState,
    openMenu,
    openRow,
    patient,
    press,
    write,
} from "@credit_control/../tests/tours/steps";
import { registry } from "@web/core/registry";

/** Choose the day in `days` days in a field of a dialog. */
function chooseDay(field, days) {
    const day = luxon.DateTime.now().plus({ days }).toFormat("MM/dd/yyyy");
    const where = `.modal .o_field_widget[name='${field}']`;
    return [
        {
            content: `Open ${field}`,
            trigger: `${where} button, ${where} input`,
            run: "click",
        },
        {
            content: `Fill ${field} in`,
            trigger: `${where} input`,
            run: `edit ${day} && press Tab`,
        },
    ];
}

const WARNING = ".modal .alert-warning:contains(ask the insurer first)";

registry.category("web_tour.tours").add("credit_insurance_promise", {
    steps: () =>
        patient([
            ...openMenu("credit_insurance.menu_clock", "Insurer's Deadlines"),
            ...openRow("Azure"),
            press("action_make_promise"),
            {
                content: "Within the extension period nothing is said",
                trigger: `.modal:has(button[name='action_make']):not(:has(button[name='action_ask_insurer']))`,
            },
            ...chooseDay("date", 40),
            { content: "Beyond it warns", trigger: WARNING },
            write("note", "Waits for a subsidy"),
            confirm("action_ask_insurer"),
            isAt("Azure until"),
            press("action_send"),
            isInState("Sent"),
            press("action_agree"),
            isInState("Agreed"),
            press("action_make_promise"),
            {
                content: "The insurer agreed: no warning any more",
                trigger: ".modal:has(button[name='action_make']):not(:has(.alert-warning:visible))",
            },
            confirm("action_make"),
            { content: "Noted", trigger: "body:not(:has(.modal))" },
        ]),
});

registry.category("web_tour.tours").add("credit_insurance_page", {
    steps: () =>
        patient([
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
                    const day = new Date();
                    day.setDate(day.getDate() + 40);
                    anchor.value = day.toLocaleDateString("sv");
                },
            },
            {
                content: "Propose it",
                trigger: "#credit_promise.show button[type='submit']",
                run: "click",
                expectUnloadPage: true,
            },
            {
                content: "Somebody looks at it",
                trigger: ".alert-success:contains(We will look at what you propose)",
            },
            {
                content: "Nothing is promised yet, and nobody speaks of insurance",
                trigger: "#wrapwrap:not(:contains(Promised for)):not(:contains(insur))",
            },
        ]),
});

registry.category("web_tour.tours").add("credit_insurance_request", {
    steps: () =>
        patient([
            ...openMenu("credit_control.menu_request", "Asked by Debtors"),
            {
                content: "There is something to know before",
                trigger: ".o_data_row:contains(Azure) button:contains(Look at it)",
                run: "click",
            },
            { content: "It warns", trigger: WARNING },
            ...chooseDay("date", 10),
            {
                content: "An earlier day is allowed",
                trigger: ".modal:has(button[name='action_make']):not(:has(button[name='action_ask_insurer']))",
            },
            confirm("action_make"),
            { content: "Noted", trigger: "body:not(:has(.modal))" },
        ]),
});

registry.category("web_tour.tours").add("credit_insurance_plan", {
    steps: () =>
        patient([
            ...openMenu("credit_insurance.menu_clock", "Insurer's Deadlines"),
            ...openRow("Azure"),
            press("action_make_plan"),
            { content: "Three months are too long", trigger: WARNING },
            confirm("action_ask_insurer"),
            isAt("Azure until"),
            press("action_mark_sent"),
            isInState("Sent"),
            press("action_agree"),
            isInState("Agreed"),
            press("action_open_plan"),
            isAt("Plan for Azure"),
            isInState("Draft"),
            {
                content: "Nothing speaks against it any more",
                trigger: `${FORM}:not(:has(.alert-warning:visible))`,
            },
            press("action_propose"),
            isInState("Offered"),
        ]),
});

registry.category("web_tour.tours").add("credit_insurance_unwatched", {
    steps: () =>
        patient([
            ...openMenu("credit_insurance.menu_clock", "Insurer's Deadlines"),
            {
                content: "It says whose invoices are missing",
                trigger: ".o_credit_unwatched:contains(KV-1)",
            },
            {
                content: "Look at the policies",
                trigger: ".o_credit_unwatched button",
                run: "click",
            },
            isAt("Insurance Policies"),
            ...openRow("KV-1"),
            press("action_watch_deadlines"),
            {
                content: "As the policy says",
                trigger: ".modal-footer .btn-primary",
                run: "click",
            },
            {
                content: "They are watched",
                trigger: `${FORM}:not(:has(button[name='action_watch_deadlines']))`,
            },
            ...openMenu("credit_insurance.menu_clock", "Insurer's Deadlines"),
            {
                content: "The invoice is there",
                trigger: ".o_list_view:not(:has(.o_credit_unwatched)) .o_data_row:contains(Azure)",
            },
            ...openRow("Azure"),
            {
                content: "Its countdown stands on the debtor",
                trigger: `${FORM} .o_field_widget[name='insurance_next_words']:contains(Stop shipment in)`,
            },
        ]),
});

registry.category("web_tour.tours").add("credit_insurance_refused", {
    steps: () =>
        patient([
            ...openMenu("credit_insurance.menu_extension", "Requests for More Time"),
            ...openRow("Azure", "Azure until"),
            press("action_mark_sent"),
            isInState("Sent"),
            press("action_refuse"),
            {
                content: "It asks first",
                trigger: ".modal:contains(The deadlines stay) .modal-footer .btn-primary",
                run: "click",
            },
            isInState("Refused"),
            press("action_ask_again"),
            isInState("Draft"),
            {
                content: "It says what was refused",
                trigger: `${FORM} .o_field_widget[name='refused_id']:contains(Azure until)`,
            },
        ]),
});
