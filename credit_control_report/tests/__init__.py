from . import test_ageing
from . import test_ageing_access
from . import test_ageing_download
from . import test_ageing_parity
from . import test_ageing_queries
from . import test_ageing_scheme
from . import test_ageing_workbook
from . import test_table_sheet
