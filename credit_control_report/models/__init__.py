from . import (
    credit_ageing,
    credit_ageing_bucket,
    credit_ageing_item,
    credit_ageing_mail,
    credit_ageing_scheme,
    credit_cockpit,
    credit_kpi,
    credit_snapshot,
    credit_snapshot_move,
    res_company,
    res_config_settings,
)
