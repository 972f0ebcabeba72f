# What the others are built on.
from . import credit_dossier, credit_insurer_mail  # isort: split

from . import (
    account_move,
    account_move_line,
    credit_claim,
    credit_claim_dossier,
    credit_claim_indemnity,
    credit_claim_line,
    credit_claim_recovery,
    credit_declaration,
    credit_declaration_line,
    credit_insurance_clock,
    credit_insurance_conditions,
    credit_insurance_due,
    credit_insurance_extension,
    credit_insurance_limit,
    credit_insurance_policy,
    credit_insurance_policy_renewal,
    credit_insurance_stop,
    credit_insurance_terms,
    credit_plan,
    credit_profile,
    credit_profile_clock,
    credit_profile_extension,
    credit_run_insurance,
    credit_worklist,
)
