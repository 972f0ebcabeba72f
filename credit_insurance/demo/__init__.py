from . import collection_demo, credit_demo, credit_demo_deadlines
