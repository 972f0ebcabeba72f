from . import (
    credit_claim_receive,
    credit_insurance_cover_on,
    credit_insurance_decide,
    credit_insurance_send,
    credit_plan_make,
    credit_promise_make,
)
