"""Write the list of operations into the reference page of the API: python -m tools.api_page."""

import os
import tempfile
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "api.md"
MARK = "<!-- what follows is made by python -m tools.api_page -->\n"


def page(written: str) -> str:
    """The whole page, as Markdown: what was written by hand, and the operations of the running API.

    Args:
        written: The page as it is.
    """
    from tragt.web.api.documenting import groups  # noqa: PLC0415 - the application is set up only now
    from tragt.web.project.api import api  # noqa: PLC0415

    said = [written.partition(MARK)[0], MARK]
    for group in groups(api.described):
        said.append(
            f"\n### {group.name}\n\n{group.about}\n\n| operation | what it does | the least role |\n|---|---|---|\n"
        )
        for one in group.operations:
            least = one.roles[-1].value if one.permission else "as for the record"
            said.append(f"| `{one.method} {one.path}` | {one.summary} | {least} |\n")
    return "".join(said)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"TRAGT_HOME": home, "DJANGO_SETTINGS_MODULE": "tragt.web.project.settings"}
        import django

        django.setup()
        PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
