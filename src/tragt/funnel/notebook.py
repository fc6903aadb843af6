"""A report as a notebook shows it: the picture, and below it the same as a table."""

from html import escape

from tragt.funnel.notes import notes
from tragt.funnel.picture.draw import draw
from tragt.funnel.report import Report
from tragt.funnel.table import table
from tragt.funnel.words import words

__all__ = ["html_of"]


def html_of(report: Report, language: str = "en") -> str:
    """The report as a piece of a page.

    Args:
        report: The report.
        language: en, da, sv or nb.

    Raises:
        InvalidDefinition: There are no words in this language.
    """
    shown = table(report, language)
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in shown.heads)
    lines = "".join(_line(row) for row in shown.rows)
    below = "".join(f"<p>{escape(note)}</p>" for note in notes(report, language))
    return (
        f'<div class="tragt-report" lang="{words(language).language}">{draw(report, language=language)}'
        f"<details><summary>{escape(words(language).picture.as_table)}</summary>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>{below}</details></div>"
    )


def _line(row: tuple[str, ...]) -> str:
    name, *cells = map(escape, row)
    return f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
