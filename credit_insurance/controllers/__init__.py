from . import collection_dossier, main
