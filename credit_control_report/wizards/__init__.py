from . import credit_ageing_wizard, credit_statement_make
