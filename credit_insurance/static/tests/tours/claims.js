import { registry } from "@web/core/registry";

import {
    FORM,
    LIST,
    agree,
    confirm,
    fill,
    isInState,
    openMenu,
    openRow,
    openTab,
    patient,
    pick,
    press,
    save,
    shows,
} from "@credit_control/../tests/tours/steps";

registry.category("web_tour.tours").add("credit_insurance_report_overdue", {
    steps: () =>
        patient([
            ...openMenu("credit_insurance.menu_claim", "Insurance Claims"),
            ...openRow("Azure"),
            isInState("To be reported"),
            {
                content: "Say what happened",
                trigger: `${FORM} .o_field_widget[name='cause'] textarea`,
                run: "edit Answers neither phone nor e-mail",
            },
            press("action_notify"),
            agree(),
            isInState("Reported"),
            fill("insurer_reference", "SIN-77"),
            press("action_confirm"),
            isInState("Waiting period"),
        ]),
});

registry.category("web_tour.tours").add("credit_insurance_claim", {
    steps: () =>
        patient([
            ...openMenu("credit_insurance.menu_claim", "Insurance Claims"),
            ...openRow("Azure"),
            press("action_submit"),
            agree(),
            isInState("Claim submitted"),
            openTab("indemnity"),
            shows("expected_steps", "VAT is not insured"),
            press("action_accept"),
            isInState("Accepted"),
            press("action_receive"),
            confirm("action_receive"),
            isInState("Paid"),
            shows("rest_amount", "6,200"),
            openTab("recoveries"),
            {
                content: "Look for money",
                trigger: `${FORM} button[name='action_find_recoveries']`,
                run: "click",
            },
            {
                content: "It belongs to the claim",
                trigger: `${FORM} .o_field_widget[name='recovery_ids'] .o_data_row button[name='action_accept']`,
                run: "click",
            },
            press("action_book_shares"),
            confirm("action_book"),
            shows("owed_amount", "1,800"),
            press("action_undo_shares"),
            agree(),
            press("action_book_shares"),
            confirm("action_book"),
            shows("owed_amount", "1,800"),
            {
                content: "The insurer is to be paid",
                trigger: `${FORM} button[name='action_pay_insurer']`,
            },
        ]),
});

registry.category("web_tour.tours").add("credit_insurance_declare", {
    steps: () =>
        patient([
            ...openMenu("credit_insurance.menu_declaration", "Declarations"),
            {
                content: "A new one",
                trigger: ".o_list_button_add",
                run: "click",
            },
            ...pick("policy_id", "KV-1"),
            ...save(),
            {
                content: "Azure is in it",
                trigger: `${FORM} .o_field_widget[name='line_ids'] .o_data_row:contains(Azure)`,
            },
            press("action_send"),
            isInState("Declared"),
            ...pick("bill_id", "P-1"),
            ...save(),
            shows("difference", "31.50"),
            press("action_close"),
            isInState("Reconciled"),
        ]),
});

registry.category("web_tour.tours").add("credit_insurance_viewer", {
    steps: () =>
        patient([
            ...openMenu("credit_insurance.menu_claim", "Insurance Claims"),
            {
                content: "Nothing can be made here",
                trigger: `${LIST}:not(:has(.o_list_button_add))`,
            },
            ...openRow("Azure"),
            {
                content: "Files, and nothing else",
                trigger: `${FORM} .o_statusbar_buttons:has(button[name='action_download_pdf']):not(:has(button[name='action_notify']))`,
            },
        ]),
});
