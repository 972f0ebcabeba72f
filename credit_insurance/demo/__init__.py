<<<<<<< HEAD
from . import collection_demo, credit_demo
||||||| 4454699
from . import credit_demo
=======
from . import credit_demo, credit_demo_deadlines
>>>>>>> main
