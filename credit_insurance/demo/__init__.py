from . import collection_demo, credit_demo
