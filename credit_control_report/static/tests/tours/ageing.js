import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

import { openMenuItem, patient } from "@credit_control/../tests/tours/steps";

registry.category("web_tour.tours").add("credit_control_report_ageing", {
    steps: () => patient([
        ...openMenuItem("credit_control_report.menu_credit_ageing"),
        {
            content: "The dialog proposes today",
            trigger: ".modal .o_field_widget[name='date'] button",
            run() {
                const today = luxon.DateTime.utc().toFormat("MM/dd/yyyy");
                if (this.anchor.dataset.tooltip !== today) {
                    throw new Error(`${this.anchor.dataset.tooltip} is not ${today}`);
                }
                // A headless browser blocks the window that downloads.
                browser.open = (url) => {
                    document.body.dataset.opened = url;
                    return window;
                };
            },
        },
        {
            content: "Press Download Excel",
            trigger: ".modal footer button[name='action_download']:contains(Download Excel)",
            run: "click",
        },
        {
            content: "The workbook is asked for",
            trigger: "body[data-opened^='/credit_control_report/ageing.xlsx?']",
        },
    ]),
});
