"""States and checks of the catalogue: admission of providers, offerings and their prices, dossiers."""
