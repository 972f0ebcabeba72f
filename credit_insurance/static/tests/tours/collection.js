import { registry } from "@web/core/registry";

import {
    FORM,
    LIST,
    agree,
    choose,
    confirm,
    fill,
    isInState,
    lists,
    openMenu,
    openRow,
    openTab,
    patient,
    press,
    save,
    shows,
} from "@credit_control/../tests/tours/steps";

const PROPOSALS = "credit_insurance.menu_collection_proposal";
const tours = registry.category("web_tour.tours");

/** A line of the readiness list has this sign. */
function isMarked(label, sign, where = "readiness") {
    return {
        content: `"${label}" is marked ${sign}`,
        trigger: `${FORM} .o_field_widget[name='${where}'] tr:contains(${label}) .fa-${sign}`,
    };
}

/** Type why into a dialog. */
function say(text) {
    return fill("reason", text, ".modal");
}

tours.add("credit_insurance_hand_over", {
    steps: () => patient([
        ...openMenu(PROPOSALS, "To Hand Over"),
        lists(2, "Azure"),
        ...openRow("Azure"),
        shows("reason", "after the last level"),
        isMarked("Reminded, with proof", "check-circle"),
        isMarked("Both are registered enterprises", "check-circle", "uncontested"),
        isMarked("no public authority", "question-circle", "uncontested"),
        isMarked("No bankruptcy", "question-circle", "uncontested"),
        {
            content: "It is no public authority",
            trigger: `${FORM} .o_field_widget[name='is_no_authority'] input`,
            run: "click",
        },
        {
            content: "Nothing was found today",
            trigger: `${FORM} .o_field_widget[name='solvency_date'] input, ${FORM} .o_field_widget[name='solvency_date'] button`,
            run: "click",
        },
        {
            content: "Choose today",
            trigger: ".o_datetime_picker .o_today",
            run: "click",
        },
        ...save(),
        isMarked("no public authority", "check-circle", "uncontested"),
        isMarked("No bankruptcy", "check-circle", "uncontested"),
        press("action_send"),
        agree(),
        isInState("Sent"),
        press("action_accept"),
        isInState("Accepted"),
        press("action_report"),
        choose("state", "Amicable"),
        fill("agency_reference", "A-77", ".modal"),
        say("First letter and call"),
        confirm("action_apply"),
        isInState("Amicable"),
        openTab("history"),
        {
            content: "The history says what was reported",
            trigger: `${FORM} .o_field_widget[name='step_ids'] .o_data_row:contains(First letter and call)`,
        },
        {
            content: "Mail the dossier again",
            trigger: `${FORM} button[name='action_resend']`,
            run: "click",
        },
        agree(),
        {
            content: "End the link",
            trigger: `${FORM} button[name='action_end_link']`,
            run: "click",
        },
        agree(),
        {
            content: "It is told that it was ended",
            trigger: ".o-mail-Message:contains(The link to the dossier was ended)",
        },
        {
            content: "No link is left to end",
            trigger: `${FORM}:not(:has(button[name='action_end_link']))`,
        },
        press("action_withdraw"),
        say("He pays us by terms"),
        confirm("action_apply"),
        isInState("Closed"),
        shows("close_reason", "He pays us by terms"),
    ]),
});

tours.add("credit_insurance_hand_over_many", {
    steps: () => patient([
        ...openMenu(PROPOSALS, "To Hand Over"),
        lists(3, "Brick"),
        {
            content: "Choose all of them",
            trigger: `${LIST} thead .o_list_record_selector input`,
            run: "click",
        },
        {
            content: "Approve and send them",
            trigger: ".o_control_panel button[name='action_send']:visible",
            run: "click",
        },
        agree(),
        {
            content: "Two are sent, one lacks something",
            trigger: ".o_notification:contains(Sent: 2.):contains(Not sent: Crane)",
        },
        lists(1, "Crane"),
        ...openRow("Crane"),
        {
            content: "It says what",
            trigger: `${FORM} .alert-danger:visible:contains(Address)`,
        },
        isMarked("Address", "times-circle"),
    ]),
});

tours.add("credit_insurance_letters", {
    steps: () => patient([
        ...openMenu("credit_insurance.menu_collection_letter", "Pre-collection Letters"),
        lists(1, "Azure"),
        {
            content: "Choose it",
            trigger: `${LIST} thead .o_list_record_selector input`,
            run: "click",
        },
        {
            content: "Prepare the bill",
            trigger: ".o_control_panel button[name='action_make_bill']:visible",
            run: "click",
        },
        {
            content: "The draft of the bill",
            trigger: `${FORM} .o_field_widget[name='invoice_line_ids'] .o_data_row:contains(Pre-collection letters)`,
        },
    ]),
});
