import { registry } from "@web/core/registry";

import { FORM, LIST, choose, complain, confirm, dispute, goBack, isInState, isOf, lists, openMenu, openRow, openTab, patient, press, pressStat, shows, write } from "./steps";

const tours = registry.category("web_tour.tours");

tours.add("credit_control_run", {
    steps: () => patient([
        ...openMenu("credit_control.menu_run", "Dunning Runs"),
        {
            content: "Make a new run",
            trigger: `${LIST} .o_list_button_add`,
            run: "click",
        },
        press("action_propose"),
        isInState("Proposed"),
        pressStat("action_view_notices", 2),
        ...openRow("Brick"),
        isInState("Proposed"),
        goBack(),
        lists(2, "Azure"),
        goBack(),
        press("action_send"),
        {
            content: "Yes, send them",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        isInState("Sent"),
    ]),
});

tours.add("credit_control_morning", {
    steps: () => patient([
        ...openMenu("credit_control.menu_worklist", "Worklist"),
        lists(2, "Azure"),
        ...openRow("Azure"),
        isOf("Azure", "1 / 2"),
        press("action_call"),
        choose("cause", "Cash trouble"),
        write("agreement", "Pays on Friday"),
        choose("next_step", "Promise to pay"),
        confirm("action_log"),
        {
            content: "On to the promise: what is overdue is there",
            trigger: ".modal .o_field_widget[name='line_ids']:has(.o_data_row:count(2))",
        },
        write("note", "On Friday he is paid himself"),
        confirm("action_make"),
        {
            content: "The timeline holds the call",
            trigger: `${FORM} .o_field_widget[name='timeline']:contains(Pays on Friday)`,
        },
        {
            content: "and the promise",
            trigger: `${FORM} .o_field_widget[name='timeline']:contains(Promise to pay)`,
        },
        {
            content: "On to the next debtor",
            trigger: ".o_pager_next",
            run: "click",
        },
        isOf("Brick", "2 / 2"),
        press("action_open_dispute"),
        ...dispute("Two boxes arrived broken"),
        confirm("action_make"),
        isInState("New"),
        goBack(),
        isOf("Brick", "2 / 2"),
        {
            content: "The timeline holds the dispute",
            trigger: `${FORM} .o_field_widget[name='timeline']:contains(Dispute)`,
        },
        press("action_done_today"),
        {
            content: "He is put off",
            trigger: `${FORM} button[name='action_back_on_worklist']`,
        },
        goBack(),
        {
            content: "Nobody needs anything any more",
            trigger: ".o_nocontent_help:contains(Nobody needs anything)",
        },
    ]),
});

tours.add("credit_control_plan", {
    steps: () => patient([
        ...openMenu("credit_control.menu_worklist", "Worklist"),
        ...openRow("Azure"),
        press("action_make_plan"),
        {
            content: "In two terms",
            trigger: ".modal .o_field_widget[name='count'] input",
            run: "edit 2 && press Tab",
        },
        {
            content: "Two terms are there",
            trigger: ".modal .o_field_widget[name='line_ids']:has(.o_data_row:count(2))",
        },
        confirm("action_make"),
        isInState("Offered"),
        press("action_accept"),
        {
            content: "Yes, on paper",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        isInState("Active"),
    ]),
});

tours.add("credit_control_debtor", {
    steps: () => patient([
        ...openMenu("credit_control.menu_profile", "Debtors"),
        lists(2, "Brick"),
        ...openRow("Azure"),
        pressStat("action_view_items", 1),
        lists(1, "Second reminder"),
        goBack(),
        pressStat("action_view_notices", 1),
        ...openRow("Azure"),
        isInState("Sent"),
        goBack(),
        lists(1, "Azure"),
        goBack(),
        press("action_propose"),
        isInState("Proposed"),
        pressStat("action_view_notices", 1),
        lists(1, "Second reminder"),
    ]),
});

tours.add("credit_control_invoice", {
    steps: () => patient([
        openTab("credit_control"),
        shows("credit_level_name", "/^Reminder$/"),
        shows("credit_last_notice_date", "/\\d/"),
        shows("credit_next_step", "Second reminder"),
        shows("credit_next_date", "/\\d/"),
        shows("credit_why", "/^Level 3 .Second reminder. is due since .*: day 7 after/"),
        pressStat("action_view_credit_notices", 1),
        lists(1, "Azure"),
    ]),
});

tours.add("credit_control_agree", {
    steps: () => patient([
        ...openMenu("credit_control.menu_profile", "Debtors"),
        ...openRow("Azure"),
        press("action_make_promise"),
        {
            content: "The overdue invoice is there",
            trigger: ".modal .o_field_widget[name='line_ids']:has(.o_data_row:count(1))",
        },
        write("note", "Pays on Friday"),
        confirm("action_make"),
        pressStat("action_view_promises", 1),
        lists(1, "Open"),
        goBack(),
        press("action_open_dispute"),
        ...complain("Two boxes arrived broken"),
        {
            content: "The only invoice is there",
            trigger: ".modal .o_field_widget[name='line_ids']:has(.o_data_row:count(1))",
        },
        confirm("action_make"),
        isInState("New"),
        press("action_decline"),
        write("answer", "They left undamaged"),
        confirm("action_answer"),
        isInState("Declined"),
    ]),
});
