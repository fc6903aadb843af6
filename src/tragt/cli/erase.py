"""``tragt erase WHO``: a person out of every store of a home."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tragt.cli.application import Home, enter
from tragt.errors import InvalidDefinition, NotFound

if TYPE_CHECKING:
    from tragt.web.people.queries import Named

__all__ = ["erase"]

console = Console(highlight=False, soft_wrap=True, markup=False)


def erase(
    who: Annotated[str, typer.Argument(help="E-mail address, telephone number or identifier of the person.")],
    home: Home = None,
    now: Annotated[bool, typer.Option("--now", help="Rewrite the bytes at once, and not in the coming night.")] = False,
    anonymise: Annotated[
        bool, typer.Option("--anonymise", help="Take away who it was and leave what is counted.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a person: out of every figure at once, out of every byte in the coming night or now."""
    enter(home)
    from tragt.web.collect.settler import drain
    from tragt.web.people.actions import anonymise_person, erase_person, finish_erasures, nothing_arrives
    from tragt.web.people.queries import found
    from tragt.web.shell.acting import COMMAND_LINE

    if now:
        nothing_arrives()
    persons = found(who)
    if not persons:
        raise NotFound(
            "people.nobody", f"Nobody was found by {who!r}. Give an e-mail address, a number or an identifier."
        )
    if len(persons) > 1:
        raise InvalidDefinition(
            "people.several",
            f"{who!r} leads to {len(persons)} persons. Give the identifier of one of them: "
            f"{', '.join(one.id for one in persons)}.",
        )
    (person,) = persons
    if not yes:
        verb = "Anonymise" if anonymise else "Erase"
        typer.confirm(f"{verb} {_told(person)}? It cannot be undone.", abort=True)
    (anonymise_person if anonymise else erase_person)(person.id, COMMAND_LINE)
    if now:
        drain()
        finish_erasures()
        console.print("Done: nothing of this person is left in this home. Copies made before still hold it.")
    elif anonymise:
        console.print("Asked for: the coming night takes away who it was (at once: --now).")
    else:
        console.print("Out of every figure and page. The bytes go in the coming night (at once: --now).")


def _told(person: "Named") -> str:
    """Name, e-mail address and identifier, each once."""
    kind, _, bare = person.id.partition(":")
    known = dict.fromkeys(text for text in (person.label, person.email) if text and text != bare)
    return ", ".join([*known, f"visitor {bare}" if kind == "a" else f"identifier {bare}"])
