from . import (
    test_companies,
    test_cover_rules,
    test_decisions,
    test_demo,
    test_import,
    test_insurance,
    test_migration,
    test_policy,
    test_requests,
    test_securities,
)
