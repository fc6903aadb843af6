"""The frame of every page: design, language, formats, navigation, and how an act is done."""
