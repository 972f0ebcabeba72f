from . import credit_ageing
from . import credit_ageing_scheme
