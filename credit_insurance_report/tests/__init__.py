from . import test_alarms, test_handed_over, test_insured_columns, test_insured_items
