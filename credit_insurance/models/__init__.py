from . import (
    credit_insurance_limit,
    credit_insurance_policy,
    credit_insurance_policy_renewal,
    credit_insurance_terms,
    credit_insurance_terms_mixin,  # isort:skip  what policies and their lines are of
    credit_profile,
)
