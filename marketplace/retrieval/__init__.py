"""Text retrieval, pure: finds the lines of a list that a short Chinese phrase means, and says why."""
