from . import test_pay
