from . import credit_exposure, credit_profile
