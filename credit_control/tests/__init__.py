from . import test_access, test_profile, test_run
