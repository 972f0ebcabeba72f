from . import test_alarms
from . import test_handed_over
from . import test_insured_columns
from . import test_insured_items
