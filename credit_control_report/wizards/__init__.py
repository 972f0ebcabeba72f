from . import credit_ageing_wizard
