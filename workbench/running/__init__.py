"""Running a notebook: its parameters are checked, its cells executed, its pictures put on one page."""
