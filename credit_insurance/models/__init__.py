from . import credit_insurance_limit, credit_insurance_policy, credit_profile
