from . import (
    account_move,
    account_move_line,
    credit_dunning,
    credit_notice,
    credit_notice_line,
    credit_policy,
    credit_profile,
    credit_risk_tier,
    credit_run,
    res_company,
    res_config_settings,
    res_partner,
)
