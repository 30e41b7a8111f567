"""What is found wrong, and what follows: case, finding, recovery, penalty, appeal."""
