"""Every change of the catalogue: `admission`, `dossier`, `people`, `offerings`."""
