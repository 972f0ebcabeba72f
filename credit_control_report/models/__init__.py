from . import (
    credit_ageing,
    credit_ageing_scheme,
    credit_kpi,
    credit_snapshot,
    credit_snapshot_move,
    res_company,
    res_config_settings,
)
