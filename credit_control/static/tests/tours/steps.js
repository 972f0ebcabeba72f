/** Steps that the tours of credit control share. */

// Of the page itself: neither a list inside a form nor a form inside a dialog.
export const LIST = ".o_list_view.o_view_controller";
export const FORM = ".o_action_manager > .o_form_view";

/** `steps` with time for a machine that does other things as well. */
export function patient(steps) {
    return steps.map((step) => ({ timeout: 40000, ...step }));
}

/** Choose a menu item of Credit Control, from wherever the tour is. */
export function openMenuItem(item) {
    return [
        {
            content: "Open the menu Credit Control",
            trigger: "[data-menu-xmlid='credit_control.menu_credit_control']",
            run: "click",
        },
        {
            content: `Open ${item}`,
            trigger: `.o-dropdown--menu [data-menu-xmlid='${item}']`,
            run: "click",
        },
    ];
}

/** Choose a menu item and wait for its page, entitled `title`. */
export function openMenu(item, title) {
    return [...openMenuItem(item), isAt(title)];
}

/** Open the row of a list that holds `text` and wait for its form. */
export function openRow(text, title = text) {
    return [
        {
            content: `Open the row "${text}"`,
            trigger: `${LIST} .o_data_row:contains(${text}) .o_data_cell:first`,
            run: "click",
        },
        isAt(title),
    ];
}

export function isAt(title) {
    return {
        content: `The page is "${title}"`,
        trigger: `.o_last_breadcrumb_item:contains(${title})`,
    };
}

/** The page shows the debtor `name`, the `place` ("1 / 2") of those opened from. */
export function isOf(name, place) {
    const [value, limit] = place.split(" / ");
    return {
        content: `${name} is ${place}`,
        trigger: `.o_action_manager:has(.o_last_breadcrumb_item:contains(${name})) .o_pager:has(.o_pager_value:contains(${value})):has(.o_pager_limit:contains(${limit}))`,
    };
}

/** A list of `count` rows is there, one of them with `text`. */
export function lists(count, text) {
    return {
        content: `${count} rows, one with "${text}"`,
        trigger: `${LIST}:has(.o_data_row:contains(${text})):has(.o_data_row:count(${count}))`,
    };
}

/** Press a button of the form by the name of its method. */
export function press(method) {
    return {
        content: `Press ${method}`,
        trigger: `${FORM} .o_statusbar_buttons button[name='${method}']`,
        run: "click",
    };
}

/** The stat button counts `count`; press it. */
export function pressStat(method, count) {
    return {
        content: `Press the stat button ${method}, which counts ${count}`,
        trigger: `.o-form-buttonbox button[name='${method}']:has(.o_stat_value:contains(/^${count}$/))`,
        run: "click",
    };
}

export function goBack() {
    return {
        content: "Go back",
        trigger: ".o_back_button",
        run: "click",
    };
}

export function openTab(name) {
    return {
        content: `Open the tab ${name}`,
        trigger: `${FORM} .o_notebook_headers .nav-link[name='${name}']`,
        run: "click",
    };
}

/** A field of the form shows `text`. */
export function shows(field, text) {
    return {
        content: `${field} shows "${text}"`,
        trigger: `${FORM} .o_field_widget[name='${field}']:contains(${text})`,
    };
}

/** Type into a field of the form, or of `where`. */
export function fill(field, text, where = FORM) {
    return {
        content: `Fill ${field} in`,
        trigger: `${where} .o_field_widget[name='${field}'] input`,
        run: `edit ${text}`,
    };
}

/** Choose `text` in a field of the form, or of `where`, that proposes records. */
export function pick(field, text, where = FORM) {
    return [
        {
            content: `Look for ${text}`,
            trigger: `${where} .o_field_widget[name='${field}'] input`,
            run: `edit ${text}`,
        },
        {
            content: `Choose ${text}`,
            trigger: `.o-autocomplete--dropdown-menu .o-autocomplete--dropdown-item a:contains(${text})`,
            run: "click",
        },
    ];
}

/** Say yes to the question that a button asks. */
export function agree() {
    return {
        content: "Yes, do it",
        trigger: ".modal-footer .btn-primary",
        run: "click",
    };
}

/** Write `text` into a long field of a dialog. */
export function write(field, text) {
    return {
        content: `Write ${field}`,
        trigger: `.modal .o_field_widget[name='${field}'] textarea`,
        run: `edit ${text}`,
    };
}

/** Choose the badge `label` of a field of a dialog. */
export function choose(field, label) {
    return {
        content: `Choose ${label}`,
        trigger: `.modal .o_field_widget[name='${field}'] .o_selection_badge:contains(${label})`,
        run: "click",
    };
}

export function confirm(method) {
    return {
        content: `Confirm with ${method}`,
        trigger: `.modal-footer button[name='${method}']`,
        run: "click",
    };
}

/** Say why something is disputed, by the first category. */
export function complain(text) {
    return [
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
        write("description", text),
    ];
}

/** Fill in what is disputed: why, and the first of several invoices. */
export function dispute(text) {
    return [
        ...complain(text),
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
            content: "The first one",
            trigger: ".o-autocomplete--dropdown-menu .o-autocomplete--dropdown-item a:contains(INV):first",
            run: "click",
        },
    ];
}

/** What is there, `where`, holds nothing that matches `selector`. */
export function lacks(selector, where = FORM) {
    return {
        content: `There is no ${selector}`,
        trigger: `${where}:not(:has(${selector}))`,
    };
}

export function isInState(label) {
    return {
        content: `The state is ${label}`,
        trigger: `${FORM} .o_statusbar_status .o_arrow_button_current:contains(${label})`,
    };
}

export function save() {
    return [
        {
            content: "Save",
            trigger: `${FORM} .o_form_button_save`,
            run: "click",
        },
        {
            content: "It is saved",
            trigger: `${FORM} .o_form_saved`,
        },
    ];
}
