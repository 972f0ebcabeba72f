from . import credit_demo, credit_demo_deadlines
