import { registry } from "@web/core/registry";

import { LIST, goBack, isInState, lacks, lists, openMenu, openRow, patient, press, pressStat, shows } from "./steps";

const ACTIONS = ["action_propose", "action_send", "action_retry", "action_cancel"];

/** Nothing on the form changes anything. */
function isOnlyToLookAt() {
    return [
        ...ACTIONS.map((method) => lacks(`button[name='${method}']`)),
        lacks(".o_form_editable"),
        lacks(".o_form_button_create"),
    ];
}

/** The list has no button for selected rows. */
function hasNothingForSelectedRows() {
    return [
        {
            content: "Select all rows",
            trigger: `${LIST} thead .o_list_record_selector input`,
            run: "click",
        },
        {
            content: "They are selected",
            trigger: ".o_selection_box",
        },
        ...ACTIONS.map((method) => lacks(`button[name='${method}']`, "body")),
        {
            content: "Select none",
            trigger: ".o_selection_box .o_unselect_all",
            run: "click",
        },
    ];
}

registry.category("web_tour.tours").add("credit_control_viewer", {
    steps: () => patient([
        ...openMenu("credit_control.menu_run", "Dunning Runs"),
        lists(3, "Draft"),
        lacks(".o_list_button_add", LIST),
        ...openRow("Draft", "New"),
        isInState("Draft"),
        ...isOnlyToLookAt(),
        goBack(),
        ...openRow("Proposed", "DUN"),
        isInState("Proposed"),
        ...isOnlyToLookAt(),
        pressStat("action_view_notices", 2),
        lists(2, "Brick"),
        ...hasNothingForSelectedRows(),
        ...openRow("Brick"),
        isInState("Proposed"),
        ...isOnlyToLookAt(),
        press("action_open_debtor"),
        shows("tier_id", "Fair"),
        lacks(".o_form_sheet :is(input, textarea, .note-editable):not(:disabled)"),
        ...isOnlyToLookAt(),
    ]),
});
