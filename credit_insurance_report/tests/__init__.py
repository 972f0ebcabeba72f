from . import test_insured_columns
