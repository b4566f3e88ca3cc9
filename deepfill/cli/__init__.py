"""The command line: a module per command, which reads flags and hands over to the rooms below."""
