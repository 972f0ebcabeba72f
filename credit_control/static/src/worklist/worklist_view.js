import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { listView } from "@web/views/list/list_view";

import { WorklistTotals } from "./worklist_totals";

/**
 * A row of the worklist is a debtor: opening it shows his file as for the phone, and
 * the pager goes through the debtors in the order of the worklist.
 */
const openingDebtors = (Controller) =>
    class extends Controller {
        setup() {
            super.setup();
            this.debtorAction = useService("action");
        }

        async openRecord(record, { newWindow } = {}) {
            const action = await this.model.orm.call("credit.worklist", "action_open", [
                record.resId,
            ]);
            const shown = this.model.root.records.map(({ resId }) => resId);
            await this.debtorAction.doAction(action, {
                newWindow,
                props: { resId: record.resId, resIds: shown },
            });
        }
    };

/** The view with the totals of all that is listed above it. */
const withTotals = (Renderer, template) =>
    class extends Renderer {
        static template = template;
        static components = { ...Renderer.components, WorklistTotals };

        get totals() {
            const { domain, groups, isGrouped, records } = this.props.list;
            return { domain, rows: isGrouped ? groups : records };
        }
    };

registry.category("views").add("credit_worklist_list", {
    ...listView,
    Controller: openingDebtors(listView.Controller),
    Renderer: withTotals(listView.Renderer, "credit_control.WorklistListRenderer"),
});
registry.category("views").add("credit_worklist_kanban", {
    ...kanbanView,
    Controller: openingDebtors(kanbanView.Controller),
    Renderer: withTotals(kanbanView.Renderer, "credit_control.WorklistKanbanRenderer"),
});
