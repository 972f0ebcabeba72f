from . import credit_ageing
from . import credit_ageing_item
from . import credit_cockpit
from . import credit_kpi
