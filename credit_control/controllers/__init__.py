from . import portal_plan
