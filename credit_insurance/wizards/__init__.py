from . import (
    credit_collection_import,
    credit_collection_move,
    credit_collection_write_off,
)
