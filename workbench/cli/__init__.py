"""The command line: each command reads options, calls the workbench and says what came out."""
