from . import portal, portal_plan
