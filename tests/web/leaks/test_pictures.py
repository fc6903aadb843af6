"""The picture that is downloaded, printed or mailed says and marks what the page does that it is taken from."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import translation

from tests.web.leaks.conftest import FUNNEL
from tragt.funnel import Member
from tragt.web.accounts.models import Organisation, Role, User
from tragt.web.crm.actions.segments import save_live
from tragt.web.funnels.actions import save
from tragt.web.funnels.actions.targets import set_targets
from tragt.web.funnels.models import SavedFunnel
from tragt.web.leaks.models import Found
from tragt.web.people.kinds import PERSON
from tragt.web.reports import papers
from tragt.web.reports.letters import letter_of
from tragt.web.shell.acting import COMMAND_LINE

pytestmark = pytest.mark.django_db(transaction=True)

SVG = "{http://www.w3.org/2000/svg}"


def read(answer: Any) -> str:
    content: bytes = answer.getvalue() if isinstance(answer, StreamingHttpResponse) else answer.content
    return content.decode()


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def headline_of_page(page: str) -> str:
    return plain(re.findall(r'<p class="finding[^"]*"><strong>(.+?)</strong>', page)[0])


def headline_of(picture: str | ElementTree.Element) -> str:
    """The lines in bold above the first step."""
    lines = []
    for part in ElementTree.fromstring(picture) if isinstance(picture, str) else picture:
        if part.tag == f"{SVG}g":
            break
        if part.tag == f"{SVG}text" and part.attrib.get("font-weight") == "600":
            lines.append(part.text or "")
    return plain(" ".join(lines))


def red(shapes: list[ElementTree.Element]) -> list[int]:
    """Which of some shapes are marked."""
    return [
        place
        for place, shape in enumerate(shapes)
        if any("tf-leak" in one.attrib["class"].split() for one in shape.iter(f"{SVG}polygon"))
    ]


def shapes_of_page(page: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(one) for one in re.findall(r'<span class="band">(<svg.+?</svg>)', page)]


def shapes_of(picture: str) -> list[ElementTree.Element]:
    return [one for one in ElementTree.fromstring(picture).iter(f"{SVG}g") if "data-step" in one.attrib]


def figures_of_page(page: str) -> list[str]:
    """Cost and targets beside the steps."""
    beside = re.findall(r'<span class="num">(.+?)</span>', page)
    return [plain(one) for row in beside for one in re.findall(r"<small[^>]*>(.*?)</small>", row)]


@pytest.mark.parametrize("language", ["en", "da", "sv", "nb"])
def test_picture_says_and_marks_what_its_page_does_in_the_language_of_its_reader(
    leak: Found, owner: User, owner_client: Client, language: str
) -> None:
    set_targets(COMMAND_LINE, leak.funnel, {"Asked": 0.6})
    User.objects.filter(pk=owner.pk).update(language=language)
    page, picture = (read(owner_client.get(f"/funnels/{leak.funnel_id}/{name}")) for name in ("", "funnel.svg"))

    assert headline_of(picture) == headline_of_page(page)
    assert "ads" in headline_of(picture)
    assert red(shapes_of(picture)) == red(shapes_of_page(page)) == [0], "those who do not ask stop at “Visited”"
    drawn = plain(picture)
    beside = [one for one in figures_of_page(page) if "60" in one or "kr" in one or "DKK" in one]
    assert len(beside) == 2
    assert all(one in drawn for one in beside)


def test_picture_without_a_leak_says_what_its_page_does(leak: Found, owner_client: Client) -> None:
    Found.objects.filter(pk=leak.pk).update(better=True)
    page, picture = (read(owner_client.get(f"/funnels/{leak.funnel_id}/{name}")) for name in ("", "funnel.svg"))

    assert headline_of(picture) == headline_of_page(page)
    assert "ads" not in picture
    assert red(shapes_of(picture)) == red(shapes_of_page(page)) == []


def test_picture_names_what_its_outline_stands_for(leak: Found, owner_client: Client) -> None:
    asked = f"/funnels/{leak.funnel_id}/funnel.svg?period=fixed&from=2026-03-23&to=2026-04-05&compare=before"
    drawn = plain(read(owner_client.get(asked)))

    assert "9 Mar–22 Mar 2026" in drawn
    assert "was " in drawn


def test_picture_calls_a_segment_as_its_page_does(saved: SavedFunnel, owner_client: Client) -> None:
    segment = save_live(PERSON, "name.starts=A", "Key accounts", who=COMMAND_LINE)
    save(COMMAND_LINE, replace(FUNNEL, where=Member(str(segment.pk))), "Of some", saved=saved)
    page, picture = (plain(read(owner_client.get(f"/funnels/{saved.pk}/{name}"))) for name in ("", "funnel.svg"))

    assert "Key accounts" in page
    assert "Key accounts" in picture
    assert f"“{segment.pk}”" not in picture


def test_picture_tells_of_a_colleague_whom_its_page_tells(
    leak: Found, owner_client: Client, make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    Organisation.objects.update(sellers_see="own")
    Found.objects.filter(pk=leak.pk).update(by="deal_owner", value="Bo Colleague")
    at = f"/funnels/{leak.funnel_id}/funnel.svg"

    assert "Bo Colleague" in read(owner_client.get(at))
    theirs = read(client_of(make_user(Role.SELLER)).get(at))
    assert "Bo Colleague" not in theirs
    assert red(shapes_of(theirs)) == []


def test_paper_and_mail_say_the_headline_of_the_page_once(leak: Found, owner: User, owner_client: Client) -> None:
    address = f"/funnels/{leak.funnel_id}/"
    said = headline_of_page(read(owner_client.get(address)))
    with translation.override("en"):
        letter = letter_of(leak.funnel, owner)
        mailed = letter.picture()
        sheet = papers.paper_svg(papers.Printed("Shop", "All time", letter.page, address))

    assert headline_of(mailed) == plain(letter.finding) == said
    paper = ElementTree.fromstring(sheet)
    inside = paper.find(f"{SVG}svg")
    assert inside is not None
    assert headline_of(inside) == said
    paper.remove(inside)
    assert "ads" not in "".join(paper.itertext())
