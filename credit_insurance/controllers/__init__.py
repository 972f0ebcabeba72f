from . import collection_dossier
