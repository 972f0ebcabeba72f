import { registry } from "@web/core/registry";

import { FORM, LIST, fill, isInState, openMenu, openRow, patient, press } from "@credit_control/../tests/tours/steps";

const tours = registry.category("web_tour.tours");
const MENU = "credit_insurance.menu_collection_remittance";
const LINE = `${FORM} .o_field_widget[name='line_ids'] .o_selected_row`;

/** A new remittance of the agency. */
function startRemittance() {
    return [
        ...openMenu(MENU, "Remittances of Agencies"),
        {
            content: "Enter a remittance",
            trigger: `${LIST} .o_list_button_add`,
            run: "click",
        },
        fill("agency_id", "Incasso"),
        {
            content: "Choose the agency",
            trigger: ".o-autocomplete--dropdown-item:contains(Incasso)",
            run: "click",
        },
        fill("reference", "AFR-7"),
    ];
}

/** Choose a CSV file with `text` in the dialog. */
function upload(text) {
    return {
        content: "Choose the list",
        trigger: ".modal .o_field_widget[name='data'] input[type='file']:not(:visible)",
        run({ anchor }) {
            const files = new DataTransfer();
            files.items.add(new File([text], "list.csv", { type: "text/csv" }));
            anchor.files = files.files;
            anchor.dispatchEvent(new Event("change"));
        },
    };
}

function importIt() {
    return {
        content: "Import",
        trigger: ".modal-footer button[name='action_import']",
        run: "click",
    };
}

tours.add("credit_insurance_remittance", {
    steps: () => patient([
        ...startRemittance(),
        {
            content: "Add a line",
            trigger: `${FORM} .o_field_widget[name='line_ids'] .o_field_x2many_list_row_add a`,
            run: "click",
        },
        {
            content: "Look for the file",
            trigger: `${LINE} [name='file_id'] input`,
            run: "edit COL",
        },
        {
            content: "Choose the file",
            trigger: ".o-autocomplete--dropdown-item:contains(Azure)",
            run: "click",
        },
        {
            content: "Enter what was collected",
            trigger: `${LINE} [name='collected'] input`,
            run: "edit 400 && press Tab",
        },
        {
            content: "Fee and VAT are there by the price list",
            trigger: `${FORM} .o_field_widget[name='remitted']:contains(327.40)`,
        },
        press("action_post"),
        isInState("Posted"),
        {
            content: "The entry is there",
            trigger: ".o-form-buttonbox button[name='action_view_entry']",
            run: "click",
        },
        {
            content: "It is posted",
            trigger: ".o_field_widget[name='state'] .o_arrow_button_current:contains(Posted)",
        },
    ]),
});

tours.add("credit_insurance_remittance_import", {
    steps: () => patient([
        ...startRemittance(),
        {
            content: "Save it",
            trigger: ".o_form_button_save",
            run: "click",
        },
        press("action_import"),
        upload("Reference;Amount\nCOL/0/9;5\nIB-7;12a\n"),
        {
            content: "Columns are found by their headings",
            trigger: ".modal .o_field_widget[name='column_ids'] .o_data_row:contains(Collected)",
        },
        importIt(),
        {
            content: "What is wrong is said by row and column",
            trigger: ".modal:contains(Row 2):contains(no file):contains(Row 3):contains(no amount)",
        },
        {
            content: "Close the message",
            trigger: ".modal:contains(Row 2) .modal-footer .btn-primary",
            run: "click",
        },
        upload("Reference;Amount\nIB-7;1000,00\n"),
        {
            content: "The columns of the corrected list",
            trigger: ".modal .o_field_widget[name='column_ids'] .o_data_row:contains(1000,00)",
        },
        importIt(),
        {
            content: "The line is there",
            trigger: `${FORM} .o_field_widget[name='line_ids'] .o_data_row:contains(1,000.00)`,
        },
        press("action_post"),
        isInState("Posted"),
    ]),
});

tours.add("credit_insurance_write_off", {
    steps: () => patient([
        ...openMenu("credit_insurance.menu_collection_aftermath", "Came Back Unpaid"),
        ...openRow("Azure"),
        press("action_write_off"),
        {
            content: "The invoice is there, without VAT",
            trigger: ".modal .o_field_widget[name='items']:contains(No VAT in it)",
        },
        {
            content: "Write it off",
            trigger: ".modal-footer button[name='action_write_off']:visible",
            run: "click",
        },
        {
            content: "The entry is posted",
            trigger: ".o_field_widget[name='state'] .o_arrow_button_current:contains(Posted)",
        },
    ]),
});
