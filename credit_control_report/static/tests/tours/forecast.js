import { registry } from "@web/core/registry";

import { openMenu, patient } from "@credit_control/../tests/tours/steps";

registry.category("web_tour.tours").add("credit_control_report_forecast", {
    steps: () => patient([
        ...openMenu("credit_control_report.menu_credit_forecast", "Cash Forecast"),
        {
            content: "Make it now",
            trigger: ".o_control_panel button[name='action_refresh']",
            run: "click",
        },
        {
            content: "This week is there",
            trigger: ".o_list_view .o_data_row:contains(This week)",
        },
        {
            content: "Split it",
            trigger: ".o_control_panel button:contains(By tier)",
            run: "click",
        },
        {
            content: "What the debtors of a tier are expected to pay",
            trigger: ".o_pivot:contains(Good)",
        },
    ]),
});
