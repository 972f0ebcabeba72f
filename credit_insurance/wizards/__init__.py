# What another one is built on.
from . import credit_collection_write_off  # isort: split

from . import (
    credit_claim_book,
    credit_claim_receive,
    credit_claim_write_off,
    credit_collection_import,
    credit_collection_move,
    credit_insurance_cover_on,
    credit_insurance_decide,
    credit_insurance_send,
    credit_plan_make,
    credit_profile_bulk,
    credit_promise_make,
)
