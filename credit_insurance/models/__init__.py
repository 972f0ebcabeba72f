from . import (
    credit_insurance_conditions,
    credit_insurance_limit,
    credit_insurance_policy,
    credit_insurance_policy_renewal,
    credit_insurance_terms,
    credit_profile,
)
