import { registry } from "@web/core/registry";

import { openMenuItem, patient } from "@credit_control/../tests/tours/steps";

const name = "spreadsheet_dashboard_loader";

/** What the cells of the dashboard's sheets show, by sheet and cell. */
function readCells() {
    const { model } = odoo.__WOWL_DEBUG__.root.env.services[name].getActiveDashboard();
    const { getters } = model;
    const shown = {};
    for (const sheetId of getters.getSheetIds()) {
        for (const cellId of Object.keys(getters.getCells(sheetId))) {
            const position = getters.getCellPosition(cellId);
            const cell = getters.getEvaluatedCell(position);
            const key = `${getters.getSheetName(sheetId)} ${position.col},${position.row}`;
            shown[key] = cell;
        }
    }
    return shown;
}

registry.category("web_tour.tours").add("credit_control_report_cockpit", {
    steps: () => patient([
        ...openMenuItem("credit_control_report.menu_cockpit"),
        {
            content: "The tiles are there",
            trigger: ".o-scorecard",
        },
        {
            content: "All cells show what they should",
            trigger: ".o_renderer .o-figure canvas",
            async run() {
                let cells = {};
                let bad = [];
                for (let turn = 0; turn < 120; turn++) {
                    cells = readCells();
                    bad = Object.entries(cells).filter(
                        ([, cell]) =>
                            cell.type === "error" ||
                            /Loading|undefined|NaN|#/.test(cell.formattedValue)
                    );
                    if (!bad.length && cells["Data 4,2"]) {
                        break;
                    }
                    await new Promise((resolve) => setTimeout(resolve, 250));
                }
                if (bad.length) {
                    const text = bad.map(([key, cell]) => `${key}: ${cell.formattedValue} ${cell.message || ""}`);
                    throw new Error(text.join("; "));
                }
                const overdue = cells["Data 1,2"].value;
                if (overdue !== 4421) {
                    throw new Error(`${overdue} is overdue instead of 4421`);
                }
                const tiles = ["Data 4,2", "Data 4,5"].map((key) => cells[key].formattedValue);
                if (tiles[0] !== "$ 4,421" || !/^\$ \d/.test(tiles[1])) {
                    throw new Error(`${tiles} are no amounts in dollars`);
                }
                const first = cells["Dashboard 0,51"].value;
                if (first !== "Other debtor") {
                    throw new Error(`${first} owes most instead of Other debtor`);
                }
            },
        },
        {
            content: "A tile leads to what it is made of",
            trigger: ".o-scorecard:eq(1)",
            run: "click",
        },
        {
            content: "The debtors behind it",
            trigger: ".o_list_view .o_data_row:contains(Other debtor)",
        },
    ]),
});
