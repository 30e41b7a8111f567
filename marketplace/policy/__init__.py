"""Policy as data: programme files, service categories, the working-day calendar's page (政策文件)."""
