from . import credit_ageing, credit_ageing_item, credit_cockpit, credit_kpi
