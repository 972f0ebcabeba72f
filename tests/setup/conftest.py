import os
import subprocess
import uuid
from collections.abc import Iterator

import pytest

BASE = "cc_base"


@pytest.fixture
def database() -> Iterator[str]:
    name = f"cc_test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    subprocess.run(["createdb", "-T", BASE, name], check=True)
    yield name
    subprocess.run(["dropdb", "--if-exists", name], check=True)
