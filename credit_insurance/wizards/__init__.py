from . import credit_claim_receive, credit_plan_make, credit_promise_make
