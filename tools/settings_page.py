"""Write the reference page of the settings from their table: python -m tools.settings_page."""

from dataclasses import Field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from tragt.web.project.configuration import FILE, PREFIX, default_of, settings_table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "settings.md"

HEAD = f"""\
# Settings

A setting comes from the environment, else from the file `{FILE}` in the home folder, else it has its default. In the
environment its name is `{PREFIX}` and the name below in capitals; in the file it stands as below:

```toml
# {FILE}
port = 8080
language = "da"
```

A name that does not exist, or a value that is not allowed, stops the start with a sentence that says so. The home
folder itself can only be set in the environment (or by `--home`), since the file lies in it.

| setting | in the environment | default | what it is |
|---|---|---|---|
"""


def page() -> str:
    """The whole page, as Markdown."""
    return HEAD + "".join(map(_row, settings_table()))


def _row(one: Field[Any]) -> str:
    meaning = str(one.metadata["meaning"]).replace("|", "\\|")
    if get_origin(one.type) is Literal:
        meaning += f" One of {', '.join(f'`{choice}`' for choice in get_args(one.type))}."
    if one.metadata["example"]:
        meaning += f" Example: `{one.metadata['example']}`."
    if one.metadata["secret"]:
        meaning += " Secret: never shown."
    default = default_of(one)
    shown = "the user's data folder" if default is None else f"`{default}`" if default != "" else "empty"
    return f"| `{one.name}` | `{PREFIX}{one.name.upper()}` | {shown} | {meaning} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
