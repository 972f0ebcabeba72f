from . import (
    test_check,
    test_decision,
    test_demo,
    test_exposure,
    test_growth,
    test_online,
    test_payment,
    test_query_counts,
    test_race,
    test_risk,
    test_seller,
    test_term,
)
