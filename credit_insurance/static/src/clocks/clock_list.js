import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { listView } from "@web/views/list/list_view";

/** Policies whose invoices are missing from the list below. */
export class UnwatchedPolicies extends Component {
    static template = "credit_insurance.UnwatchedPolicies";
    static props = {};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({ words: "" });
        onWillStart(async () => {
            this.state.words = await this.orm.call(
                "credit.insurance.policy",
                "get_unwatched_words",
                []
            );
        });
    }

    openPolicies() {
        this.action.doAction("credit_insurance.action_insurance_policy");
    }
}

class ClockListRenderer extends listView.Renderer {
    static template = "credit_insurance.ClockListRenderer";
    static components = { ...listView.Renderer.components, UnwatchedPolicies };
}

registry.category("views").add("credit_insurance_clock_list", {
    ...listView,
    Renderer: ClockListRenderer,
});
