import { registry } from "@web/core/registry";

import { FORM, LIST, goBack, isInState, isOf, lists, openMenu, openRow, openTab, patient, press, pressStat, shows } from "./steps";

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
        {
            content: "He has no cash",
            trigger: ".modal .o_field_widget[name='cause'] .o_selection_badge:contains(Cash trouble)",
            run: "click",
        },
        {
            content: "Write down what was agreed",
            trigger: ".modal .o_field_widget[name='agreement'] textarea",
            run: "edit Pays on Friday",
        },
        {
            content: "Log the call",
            trigger: ".modal-footer button[name='action_log']",
            run: "click",
        },
        {
            content: "The timeline holds it",
            trigger: `${FORM} .o_field_widget[name='timeline']:contains(Pays on Friday)`,
        },
        {
            content: "On to the next debtor",
            trigger: ".o_pager_next",
            run: "click",
        },
        isOf("Brick", "2 / 2"),
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
        shows("credit_why", "/^Level 3 .Second reminder. is due since .*: 7 days after/"),
        pressStat("action_view_credit_notices", 1),
        lists(1, "Azure"),
    ]),
});

/** Write `text` into a long field of a dialog. */
function write(field, text) {
    return {
        content: `Write ${field}`,
        trigger: `.modal .o_field_widget[name='${field}'] textarea`,
        run: `edit ${text}`,
    };
}

function confirm(method) {
    return {
        content: `Confirm with ${method}`,
        trigger: `.modal-footer button[name='${method}']`,
        run: "click",
    };
}

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
        {
            content: "What is wrong?",
            trigger: ".modal .o_field_widget[name='category_id'] input",
            run: "click",
        },
        {
            content: "The first of the list",
            trigger: ".o-autocomplete--dropdown-menu .o-autocomplete--dropdown-item a:visible:first",
            run: "click",
        },
        write("description", "Two boxes arrived broken"),
        {
            content: "Choose the invoice",
            trigger: ".modal .o_field_widget[name='line_ids'] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Look for it",
            trigger: ".modal .o_selected_row .o_field_widget[name='item_id'] input",
            run: "click",
        },
        {
            content: "The only one",
            trigger: ".o-autocomplete--dropdown-menu .o-autocomplete--dropdown-item a:contains(INV):first",
            run: "click",
        },
        confirm("action_make"),
        isInState("New"),
        press("action_decline"),
        write("answer", "They left undamaged"),
        confirm("action_answer"),
        isInState("Declined"),
    ]),
});
