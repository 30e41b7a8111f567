"""Rules of vouchers, pure: states, eligibility, amounts, limits, allotment, rounds and their time limits."""
