from . import (
    credit_demo,
    credit_demo_claims,
    credit_demo_collection,
    credit_demo_cover,
    credit_demo_deadlines,
    credit_demo_remittance,
)
