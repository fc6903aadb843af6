"""Making a form: field by field without scripts, saved as a draft, shown as it was published, and kept on record."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.web.conftest import queries as count_queries
from tests.web.webforms.conftest import FIELDS, SITE, TYPED, MakeForm, Visitor, events, hidden
from tragt.errors import InvalidDefinition
from tragt.web.accounts.acts import sentence
from tragt.web.accounts.models import AuditRow, Role
from tragt.web.collect import sources
from tragt.web.shell.acting import SYSTEM
from tragt.web.webforms.actions.editing import delete, publish, save
from tragt.web.webforms.definition import Definition, Field, FieldKind, keyed
from tragt.web.webforms.mistakes import is_origin, mistakes
from tragt.web.webforms.models import WebForm, Wording

pytestmark = pytest.mark.django_db

START = {
    "name": "Demo",
    "language": "da",
    "title": "Bed om en demo",
    "double_opt_in": "on",
    "sites": "https://WWW.example.org/\nhttps://www.example.org\nhttp://localhost:8000",
    "field-0-kind": "email",
    "field-0-label": "E-mail",
    "field-0-required": "on",
}


def shown(answer: Any) -> list[tuple[str, str]]:
    """Kinds and labels of the fields on an editing page."""
    page = answer.content.decode()
    kinds = re.findall(r'name="field-\d+-kind" value="([^"]*)"', page)
    labels = re.findall(r'name="field-\d+-label" (?:value="([^"]*)"|[^>]*>\n([^<]*)</textarea>)', page)
    return list(zip(kinds, [one or other for one, other in labels], strict=True))


def test_fields_are_added_moved_and_removed_without_saving_anything(owner_client: Client) -> None:
    steps = [("add", "choice"), ("add", "consent"), ("up-2", ""), ("drop-0", "")]
    fields: dict[str, str] = dict(START)
    for do, new in steps:
        answer = owner_client.post("/forms/new/", {**fields, "do": do, "new": new}, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert b"<html" not in answer.content
        kinds = [kind for kind, _ in shown(answer)]
        fields = {name: value for name, value in fields.items() if not name.startswith("field-")}
        fields |= {f"field-{place}-kind": kind for place, kind in enumerate(kinds)}
        fields |= {f"field-{place}-label": f"Felt {place}" for place in range(len(kinds))}
    assert kinds == ["consent", "choice"]
    assert not WebForm.objects.exists()


def test_form_is_saved_as_a_draft_and_seen_once_it_is_published(owner_client: Client) -> None:
    assert owner_client.post("/forms/new/", {**START, "do": "save"}).status_code == 302
    form = WebForm.objects.get()
    assert form.origins == ["https://www.example.org", "http://localhost:8000"]
    assert Client().get(f"/f/{form.public}/").status_code == 404
    assert owner_client.post(f"/forms/{form.pk}/edit/", {**START, "do": "publish"}).status_code == 302
    page = Client().get(f"/f/{form.public}/").content.decode()
    assert "<h1>Bed om en demo</h1>" in page
    owner_client.post(f"/forms/{form.pk}/edit/", {**START, "title": "Noget andet", "do": "save"})
    assert "Bed om en demo" in Client().get(f"/f/{form.public}/").content.decode()
    assert "is not published" in owner_client.get(f"/forms/{form.pk}/").content.decode()
    rows = AuditRow.objects.filter(verb="forms.edit").order_by("pk")
    said = [sentence(row.verb, row.details, form.name) for row in rows]
    assert said == ["Made the form Demo", "Changed the form Demo", "Published the form Demo", "Changed the form Demo"]


def test_publishing_again_keeps_the_wording_that_was_shown_before(make_form: MakeForm) -> None:
    form = make_form()
    publish(SYSTEM, form)
    assert Wording.objects.count() == 1
    changed = Definition(title="Another", fields=(*FIELDS[:-1], Field(FieldKind.CONSENT, "Other", purpose="analytics")))
    publish(SYSTEM, save(SYSTEM, "Demo", changed, (), form))
    first, second = Wording.objects.order_by("number")
    assert (first.definition.consents[0].label, second.definition.consents[0].label) == (FIELDS[-1].label, "Other")


def test_keys_of_fields_stay_when_labels_change(owner_client: Client, make_form: MakeForm) -> None:
    form = make_form()
    keys = [one.key for one in form.definition.fields]
    page = owner_client.get(f"/forms/{form.pk}/edit/").content.decode()
    fields = {**START, **{name: value for name, value in hidden(page).items() if name.startswith("field-")}}
    labels = {f"field-{place}-label": f"Label {place}" for place in range(len(keys))}
    more = {"field-4-choices": "a\nb\na", "field-6-purpose": "analytics"}
    forged = {"field-5-key": "email", "do": "save"}
    owner_client.post(f"/forms/{form.pk}/edit/", {**fields, **labels, **more, **forged})
    form.refresh_from_db()
    assert [one.key for one in form.definition.fields] == [*keys[:5], "label_5", keys[6]]
    assert form.definition.fields[4].choices == ("a", "b")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"title": " "}, "Give the form a heading."),
        ({"name": ""}, "Give the form a name."),
        ({"language": "xx"}, "Choose a language."),
        ({"leads_to": "javascript:alert(1)"}, "This is no address of the web."),
        ({"field-0-label": ""}, "Say what is asked for."),
        ({"field-0-kind": "text"}, "ask for one, or confirm nothing"),
        ({"field-1-kind": "email", "field-1-label": "Again"}, "The form asks for this already."),
        ({"field-1-kind": "choice", "field-1-label": "Which", "field-1-choices": "one"}, "Give from 2 to 50 choices"),
        ({"field-1-kind": "consent", "field-1-label": "Yes", "field-1-purpose": "x"}, "Choose what is agreed to."),
        ({"sites": "https://*.example.org"}, "Give each site as https://"),
        ({"sites": "https://a.example; script-src *"}, "Give each site as https://"),
    ],
)
def test_form_that_is_not_whole_is_told_what_is_missing_and_published_nowhere(
    owner_client: Client, changed: dict[str, str], said: str
) -> None:
    answer = owner_client.post("/forms/new/", {**START, **changed, "do": "publish"})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not WebForm.objects.exists()


def test_publishing_what_is_not_whole_is_refused_whoever_asks(owner_client: Client) -> None:
    form = save(SYSTEM, "Demo", Definition(), ())
    with pytest.raises(InvalidDefinition, match="title: Give the form a heading"):
        publish(SYSTEM, form)
    assert owner_client.get(f"/forms/{form.pk}/").status_code == 200


def test_only_a_form_that_nobody_saw_can_be_deleted(make_form: MakeForm, owner_client: Client) -> None:
    form = make_form()
    with pytest.raises(InvalidDefinition):
        delete(SYSTEM, form)
    assert owner_client.post(f"/forms/{form.pk}/delete/").status_code == 302
    assert WebForm.objects.count() == 1
    delete(SYSTEM, save(SYSTEM, "Draft", Definition(), ()))
    assert WebForm.objects.count() == 1


@pytest.mark.parametrize(("role", "sees", "edits"), [(Role.MARKETING, 200, 200), (Role.SELLER, 403, 403)])
def test_pages_are_for_those_who_make_forms(
    make_form: MakeForm, make_user: Any, client_of: Any, role: str, sees: int, edits: int
) -> None:
    form = make_form()
    client = client_of(make_user(role, email="one@example.org"))
    pages = ["/forms/", f"/forms/{form.pk}/", f"/forms/{form.pk}/preview/"]
    assert {client.get(path).status_code for path in pages} == {sees}
    assert {client.get(path).status_code for path in ("/forms/new/", f"/forms/{form.pk}/edit/")} == {edits}
    assert client.post(f"/forms/{form.pk}/close/").status_code == (302 if edits == 200 else 403)
    assert Client().get("/forms/").status_code == 302


def test_list_makes_as_many_queries_however_many_forms_there_are(make_form: MakeForm, owner_client: Client) -> None:
    Visitor(make_form()).sends()
    owner_client.get("/forms/")
    few = count_queries(lambda: owner_client.get("/forms/"))
    for _ in range(5):
        Visitor(make_form()).sends()
    assert count_queries(lambda: owner_client.get("/forms/")) == few


def test_page_of_a_form_shows_what_came_and_how_to_embed_it(make_form: MakeForm, owner_client: Client) -> None:
    form = make_form()
    Visitor(form).sends()
    Visitor(form).sends(_homepage="x", name="<b>Bot</b>")
    page = owner_client.get(f"/forms/{form.pk}/").content.decode()
    assert "&lt;iframe src=&quot;http" in page
    assert "It filled in a field that people do not see." in page
    assert "&lt;b&gt;Bot&lt;/b&gt;" in page
    assert "form-" in page
    assert sources.names()[f"form-{form.pk}"] == "Demo"


def test_html_to_paste_is_taken_as_it_stands(make_form: MakeForm, owner_client: Client) -> None:
    form = make_form()
    page = owner_client.get(f"/forms/{form.pk}/").content.decode()
    names = re.findall(r"name=&quot;([^&]+)&quot;", page)
    typed = {name: TYPED.get(name, "") for name in names}
    assert {*TYPED, "_wording"} <= set(typed)
    assert "name=&quot;_wording&quot; value=&quot;1&quot;" in page
    assert Visitor(form).posts(typed, Origin=SITE).status_code == 303
    assert len(events("Form Submitted")) == 1


def test_preview_sends_nothing(make_form: MakeForm, owner_client: Client) -> None:
    form = make_form()
    page = owner_client.get(f"/forms/{form.pk}/preview/").content.decode()
    assert "Nothing can be sent here" in page
    assert owner_client.post(f"/forms/{form.pk}/preview/").status_code == 405


def test_keys_are_readable_and_unlike_what_the_log_calls_its_own() -> None:
    labels = ["Størrelse på firma", "Form", "URL", "Message", "Message", "!!!", "Email", "中文"]
    fields = tuple(Field(FieldKind.TEXT, label) for label in labels)
    found = [one.key for one in keyed(Definition(fields=fields)).fields]
    assert found == ["stoerrelse_paa_firma", "form_2", "url_2", "message", "message_2", "field", "email_2", "field_2"]


@pytest.mark.parametrize("origin", ["https://a.example/", "ftp://a.example", "https://", "*", "https://a b", "null"])
def test_what_is_no_origin_is_none(origin: str) -> None:
    assert not is_origin(origin)


def test_definition_without_fault_has_no_mistakes() -> None:
    assert mistakes(keyed(Definition(title="Demo", fields=FIELDS))) == {}
