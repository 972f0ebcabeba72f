import { registry } from "@web/core/registry";

import { FORM, fill, openMenu, openRow, openTab, patient, shows } from "./steps";

const ASKED = ".modal";
const tours = registry.category("web_tour.tours");

tours.add("credit_control_policy", {
    steps: () => patient([
        ...openMenu("credit_control.menu_policy", "Dunning Policies"),
        ...openRow("Policy of the test"),
        {
            content: "Add a level",
            trigger: `${FORM} .o_field_widget[name='level_ids'] .o_field_x2many_list_row_add a`,
            run: "click",
        },
        fill("name", "Third reminder", ".modal"),
        fill("number", 2, ".modal"),
        fill("days", 60, ".modal"),
        {
            content: "Done with the level",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "Five levels stand on the form",
            trigger: `${FORM} .o_field_widget[name='level_ids']:has(.o_data_row:count(5))`,
        },
        {
            content: "Save the policy",
            trigger: `${FORM} .o_form_button_save`,
            run: "click",
        },
        {
            content: "The refusal says why",
            trigger: ".modal:contains(The policy has a level of this number already.)",
        },
        {
            content: "Close it",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "Give up",
            trigger: `${FORM} .o_form_button_cancel`,
            run: "click",
        },
        {
            content: "Four levels are left",
            trigger: `${FORM} .o_field_widget[name='level_ids']:has(.o_data_row:count(4))`,
        },
    ]),
});

tours.add("credit_control_partner", {
    steps: () => patient([
        openTab("credit_control"),
        shows("credit_tier_id", "Fair"),
        {
            content: "Ask for another limit",
            trigger: `${FORM} button[name='action_request_credit_limit']`,
            run: "click",
        },
        fill("amount", 5000, ASKED),
        {
            content: "Say why",
            trigger: `${ASKED} .o_field_widget[name='reason'] textarea`,
            run: "edit Pays within the term",
        },
        {
            content: "Decide on it at once",
            trigger: `${ASKED} button[name='action_apply']`,
            run: "click",
        },
        shows("credit_limit_amount", "5,000.00"),
        shows("credit_open_amount", "100.00"),
    ]),
});
