import {
    confirm,
    fill,
    FORM,
    isAt,
    isInState,
    LIST,
    openMenu,
    openRow,
    openTab,
    patient,
    pick,
    press,
    save,
    shows,
} from "@credit_control/../tests/tours/steps";
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const DIALOG = ".modal";

/** Wait until no dialog is open any more. */
function isDone() {
    return { content: "The dialog is closed", trigger: "body:not(:has(.modal))" };
}

tours.add("credit_insurance_decide", {
    steps: () => patient([
        ...openMenu("credit_insurance.menu_insurance_limit", "Insured Limits"),
        {
            content: "Enter a decision",
            trigger: ".o_control_panel button:contains(Enter a decision)",
            run: "click",
        },
        ...pick("profile_id", "Azure", DIALOG),
        {
            content: "The policy in force is there",
            trigger: `${DIALOG} .o_field_widget[name='policy_id'] input:value(BE-1)`,
        },
        {
            content: "Save without saying how much",
            trigger: `${DIALOG} button[name='action_apply']`,
            run: "click",
        },
        {
            content: "It says what is missing",
            trigger: ".modal:contains(Say how much is covered)",
        },
        {
            content: "Close the message",
            trigger: ".modal:contains(Say how much is covered) .modal-footer button",
            run: "click",
        },
        fill("amount", "5000", DIALOG),
        fill("reference", "LB-1", DIALOG),
        confirm("action_apply"),
        isDone(),
        ...openRow("Azure", "BE-1"),
        shows("amount", "5,000.00"),
        isInState("In force"),
        {
            content: "Correct what was typed wrong",
            trigger: `${FORM} .o_field_widget[name='decision_ids'] button[name='action_correct']`,
            run: "click",
        },
        {
            content: "It says what the line replaces",
            trigger: `${DIALOG} .alert:contains(This line replaces)`,
        },
        fill("amount", "6000", DIALOG),
        confirm("action_apply"),
        isDone(),
        shows("amount", "6,000.00"),
    ]),
});

tours.add("credit_insurance_ask", {
    steps: () => patient([
        ...openMenu("credit_control.menu_profile", "Debtors"),
        {
            content: "Choose all debtors",
            trigger: `${LIST} thead .o_list_record_selector input`,
            run: "click",
        },
        {
            content: "Ask the insurer",
            trigger: ".o_control_panel button[name='action_ask_insurer']",
            run: "click",
        },
        isAt("Requests to the insurer"),
        {
            content: "Choose both requests",
            trigger: `${LIST}:has(.o_data_row:count(2)) thead .o_list_record_selector input`,
            run: "click",
        },
        {
            content: "Send them",
            trigger: ".o_control_panel button[name='action_send']",
            run: "click",
        },
        {
            content: "Both are in the letter",
            trigger: `${DIALOG} .o_field_widget[name='request_ids']:has(.o_data_row:count(2))`,
        },
        confirm("action_send"),
        isDone(),
        {
            content: "Both are sent",
            trigger: `${LIST}:has(.o_data_row .badge:contains(Sent):count(2))`,
        },
    ]),
});

tours.add("credit_insurance_import", {
    steps: () => patient([
        ...openMenu("credit_insurance.menu_insurance_import", "Import Decisions"),
        {
            content: "A new one",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "The template is there before any file",
            trigger: `${FORM} a[href$='decisions.csv'][download]`,
        },
        ...openMenu("credit_insurance.menu_insurance_import", "Import Decisions"),
        ...openRow("limits.csv"),
        press("action_read"),
        shows("refused_count", "1"),
        {
            content: "The row says what is wrong",
            trigger: `${FORM} .o_data_row:contains(is no amount)`,
        },
        {
            content: "Go to its amount",
            trigger: `${FORM} .o_data_row:contains(five hundred) [name='cell_amount']`,
            run: "click",
        },
        {
            content: "Correct it",
            trigger: `${FORM} .o_selected_row [name='cell_amount'] input`,
            run: "edit 500,00",
        },
        ...save(),
        shows("refused_count", "0"),
        shows("ready_count", "2"),
        press("action_import"),
        isInState("Done"),
        shows("done_count", "2"),
    ]),
});

tours.add("credit_insurance_secure", {
    steps: () => patient([
        ...openMenu("credit_insurance.menu_security", "Securities"),
        ...openRow("FC-1", "FC-1"),
        shows("reason", "Not confirmed yet."),
        press("action_confirm"),
        isInState("Confirmed"),
        shows("counted_amount", "100.00"),
        openTab("factored"),
        {
            content: "The factor has paid 80 on the invoice",
            trigger: `${FORM} .o_field_widget[name='item_ids'] .o_data_row:contains(80.00)`,
        },
        {
            content: "End it",
            trigger: `${FORM} .o_statusbar_buttons button[name='action_end']`,
            run: "click",
        },
        {
            content: "It asks first",
            trigger: ".modal:contains(will count no more) .modal-footer .btn-primary",
            run: "click",
        },
        isInState("Ended"),
        shows("reason", "Ended by"),
    ]),
});

tours.add("credit_insurance_withdraw", {
    steps: () => patient([
        ...openMenu("credit_insurance.menu_insurance_request", "Requests to the Insurer"),
        ...openRow("Azure"),
        isInState("To send"),
        press("action_mark_sent"),
        isInState("Sent"),
        press("action_withdraw"),
        {
            content: "It asks first",
            trigger: ".modal:contains(Withdraw this request) .modal-footer .btn-primary",
            run: "click",
        },
        isInState("Withdrawn"),
    ]),
});

tours.add("credit_insurance_present", {
    steps: () => patient([
        ...openMenu("credit_insurance.menu_security", "Securities"),
        ...openRow("LC-1", "LC-1"),
        {
            content: "What a manager confirmed is not to be typed over",
            trigger: `${FORM} .o_field_widget[name='amount']:not(:has(input))`,
        },
        {
            content: "The documents are with the bank",
            trigger: `${FORM} .o_field_widget[name='item_ids'] .o_data_row button[name='action_present']`,
            run: "click",
        },
        {
            content: "Nothing is to be presented any more",
            trigger: `${FORM} .o_field_widget[name='item_ids'] .o_data_row:not(:has(button[name='action_present']))`,
        },
    ]),
});
