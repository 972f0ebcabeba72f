from . import test_demo, test_dropship, test_exposure, test_hold, test_race
