from . import (
    test_ageing,
    test_ageing_access,
    test_ageing_download,
    test_ageing_parity,
    test_ageing_queries,
    test_ageing_scheme,
    test_ageing_workbook,
    test_browser,
    test_kpi,
    test_snapshot,
    test_table_sheet,
)
