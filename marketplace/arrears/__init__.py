"""What SMEs are owed and not paid in time (账款清欠): a list, a plan for each month, progress week by week, a report for each month."""
