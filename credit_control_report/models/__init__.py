from . import credit_ageing, credit_ageing_scheme
