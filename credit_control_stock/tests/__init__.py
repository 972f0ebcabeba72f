from . import test_demo, test_exposure, test_hold
