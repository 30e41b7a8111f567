"""HTTP helpers that know no capability: access, forms, errors, formats, navigation."""
