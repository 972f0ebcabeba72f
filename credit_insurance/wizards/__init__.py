from . import (
    credit_insurance_cover_on,
    credit_insurance_decide,
    credit_insurance_send,
)
