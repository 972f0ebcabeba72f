import { Component, onMounted, onWillUpdateProps, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

/** What the debtors of the worklist owe together, as it is filtered now. */
export class WorklistTotals extends Component {
    static template = "credit_control.WorklistTotals";
    static props = { domain: Array, rows: Array };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ count: "", figures: [] });
        // The list doesn't wait for its totals.
        onMounted(() => this.load(this.props));
        // The rows are new ones whenever the list was read again.
        onWillUpdateProps((props) => {
            if (props.rows !== this.props.rows) {
                this.load(props);
            }
        });
    }

    async load({ domain }) {
        Object.assign(
            this.state,
            await this.orm.call("credit.worklist", "get_totals", [domain])
        );
    }
}
