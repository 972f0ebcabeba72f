from . import test_exposure, test_hold
