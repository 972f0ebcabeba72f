from . import test_companies, test_demo, test_insurance, test_policy
