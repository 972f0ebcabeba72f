from . import credit_ageing
