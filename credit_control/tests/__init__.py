from . import (
    test_access,
    test_browser,
    test_charges,
    test_daily,
    test_demo,
    test_letters,
    test_order_hold,
    test_policy,
    test_profile,
    test_race,
    test_run,
    test_simulation,
)
