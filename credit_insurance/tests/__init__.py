from . import (
    test_collection_dossier,
    test_collection_file,
    test_collection_proposal,
    test_collection_remittance,
    test_companies,
    test_decisions,
    test_demo,
    test_insurance,
    test_policy,
)
