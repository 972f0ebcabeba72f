import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { listView } from "@web/views/list/list_view";

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

registry.category("views").add("credit_worklist_list", {
    ...listView,
    Controller: openingDebtors(listView.Controller),
});
registry.category("views").add("credit_worklist_kanban", {
    ...kanbanView,
    Controller: openingDebtors(kanbanView.Controller),
});
