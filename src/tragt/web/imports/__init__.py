"""Files: recognise, map, dry run, run, undo."""
