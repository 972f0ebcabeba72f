from . import (
    test_claim,
    test_clocks,
    test_companies,
    test_declaration,
    test_demo,
    test_extension,
    test_insurance,
    test_policy,
    test_stop,
)
