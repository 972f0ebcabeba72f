import { registry } from "@web/core/registry";

import { LIST, goBack, isInState, lists, openMenu, openRow, openTab, patient, press, pressStat, shows } from "./steps";

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
