"""Small and medium enterprises: profiles, size class, titles."""
