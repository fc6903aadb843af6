"""Lists of networks of data centres and scanners: read, kept, and what comes from there marked."""

import json
from collections.abc import Callable
from ipaddress import ip_network

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.web.collect.conftest import Hand, MakeKey, basic
from tests.web.collect.test_marking import FAR, NEAR, call, marks, send
from tragt.errors import InvalidDefinition
from tragt.events.tracking.addresses import network
from tragt.web.accounts.models import AuditRow, Role, User
from tragt.web.collect import network_lists
from tragt.web.collect.actions import change_visitors, keep_list, remove_list
from tragt.web.collect.models import NetworkList
from tragt.web.collect.network_lists import LARGEST, Found, read
from tragt.web.shell.acting import SYSTEM

AWS = {
    "syncToken": "1700000000",
    "createDate": "2026-01-01-00-00-00",
    "prefixes": [{"ip_prefix": "3.5.140.0/22", "region": "ap-northeast-2", "service": "AMAZON"}],
    "ipv6_prefixes": [{"ipv6_prefix": "2600:1f00::/24", "region": "us-east-1", "service": "AMAZON"}],
}
GOOGLE = {
    "creationTime": "2026-01-01T00:00:00.0",
    "prefixes": [{"ipv4Prefix": "8.8.4.0/24"}, {"ipv6Prefix": "2404:6800::/32"}],
}
AZURE = {
    "changeNumber": 1,
    "cloud": "Public",
    "values": [{"name": "A", "properties": {"addressPrefixes": ["13.64.0.0/16", "2603:1000::/25"]}}],
}
CLOUDFLARE = {"result": {"ipv4_cidrs": ["173.245.48.0/20"], "ipv6_cidrs": ["2400:cb00::/32"], "etag": "a:b/7"}}
TEXT = "\ufeff# of a cloud\n203.0.113.0/24\n\n 2001:db8::/32 ; SBL1\r\n198.51.100.7\n// end\n"
GEOFEED = 'ip_prefix,country,city\n"203.0.113.0/24",DK,København\n2001:db8::/32,SE,,\n'


@pytest.mark.parametrize(
    ("content", "networks"),
    [
        (AWS, ["3.5.140.0/22", "2600:1f00::/24"]),
        (GOOGLE, ["8.8.4.0/24", "2404:6800::/32"]),
        (AZURE, ["13.64.0.0/16", "2603:1000::/25"]),
        (CLOUDFLARE, ["173.245.48.0/20", "2400:cb00::/32"]),
        (["192.0.2.1", "1.2.3", "12:30:45", "2001:db8::7"], ["192.0.2.1/32", "2001:db8::7/128"]),
        (TEXT, ["203.0.113.0/24", "2001:db8::/32", "198.51.100.7/32"]),
        (GEOFEED, ["203.0.113.0/24", "2001:db8::/32"]),
        ("203.0.113.0/24\r203.0.113.9/24", ["203.0.113.0/24"]),
    ],
)
def test_list_is_read_as_it_is_published(content: object, networks: list[str]) -> None:
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    assert read(text.encode()) == Found(tuple(map(ip_network, networks)))


def test_lines_that_are_no_networks_are_told_and_the_others_kept() -> None:
    found = read(b"network\n203.0.113.0/24\nnetwork\n10.0.0.0/33\n0.0.0.0/0\n" + b"x\n" * 60)
    assert found.networks == (ip_network("203.0.113.0/24"),)
    assert (found.wrong_number, len(found.wrong)) == (63, 50)
    first = [(one.place, one.text) for one in found.wrong[:3]]
    assert first == [("3", "network"), ("4", "10.0.0.0/33"), ("5", "0.0.0.0/0")]
    found = read(b'{"prefixes": [{"ip_prefix": "10.0.0.0/8"}, {"ip_prefix": "300.1.1.0/24"}]}')
    assert [(one.place, one.text) for one in found.wrong] == [("prefixes[1].ip_prefix", "300.1.1.0/24")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "list_empty"),
        (b"\x00\xff\xfe", "list_empty"),
        (b"<html>not found</html>", "list_empty"),
        (b'{"prefixes": [{"ip_prefix": "3.5.140.0/22"', "list_json"),
        (b"[" * 100_000, "list_json"),
        (bytes(LARGEST + 1), "list_large"),
        (b"192.0.2.1\n192.0.2.2\n192.0.2.3\nx\n", "list_long"),
    ],
)
def test_what_is_no_list_is_refused(monkeypatch: pytest.MonkeyPatch, content: bytes, code: str) -> None:
    monkeypatch.setattr(network_lists, "MOST", 3)
    with pytest.raises(InvalidDefinition) as refused:
        read(content)
    assert refused.value.code == f"collect.{code}"


pages = pytest.mark.django_db(transaction=True)
home = pytest.mark.usefixtures("home", "organisation")


@pages
@home
def test_network_of_machines_marks_what_comes_from_there(make_key: MakeKey) -> None:
    keep_list(SYSTEM, "Cloud", Found((network("203.0.113.76/31"),)))
    keep_list(SYSTEM, "Scanner", Found((network("2001:db8:aa::/48"),)))
    public, secret = make_key("public"), make_key("secret")
    send(public, call(1), address=NEAR)
    send(public, call(2), address="203.0.113.78")
    send(public, call(3), address="2001:db8:aa:bb::77")
    send(public, call(4, context={"traffic": "test"}), call(5, context={"ip": NEAR}), address=NEAR)
    send(public, call(6, context={"ip": NEAR}), address=FAR)
    send(secret, call(7), call(8, context={"ip": NEAR}), call(9, context={"ip": FAR}), address=NEAR)
    send(public, call(10), address=NEAR, User_Agent="Googlebot/2.1")
    change_visitors(SYSTEM, networks=[NEAR])
    send(public, call(11), address=NEAR)
    send(secret, call(12, context={"ip": NEAR}), address=FAR)
    found = marks("human")
    assert {key for key, human in found.items() if human == 0.3} == {"m1", "m3", "m5", "m8"}
    assert {key: human for key, human in found.items() if human not in (0.3, None)} == {"m10": 0.0}
    assert {key for key, traffic in marks().items() if traffic} == {"m4", "m11", "m12"}


@pages
@home
def test_list_that_is_replaced_or_removed_holds_no_more(make_key: MakeKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tragt.web.collect.senders._PACE", 0.0)
    key, hand = make_key("public"), Hand()

    def sent(number: int) -> None:
        assert hand.send("/v1/track", call(number), basic(key), address=NEAR).status == 200

    row = keep_list(SYSTEM, "Cloud", Found((network(NEAR),)))
    sent(1)
    keep_list(SYSTEM, "Cloud", Found((network("192.0.2.0/24"),)))
    sent(2)
    keep_list(SYSTEM, "Cloud", Found((network(NEAR),)))
    sent(3)
    remove_list(SYSTEM, row.pk)
    sent(4)
    assert marks("human") == {"m1": 0.3, "m2": None, "m3": 0.3, "m4": None}


@pages
@home
def test_list_is_added_replaced_and_removed_on_its_pages(owner_client: Client) -> None:
    new = "/settings/visitors/networks/"
    assert "No list yet" in owner_client.get("/settings/visitors/").content.decode()
    file = SimpleUploadedFile("ip-ranges.json", json.dumps(AWS).encode())
    answer = owner_client.post(new, {"name": "AWS", "file": file})
    row = NetworkList.objects.get()
    assert (answer.status_code, answer["Location"], row.number) == (302, f"{new}{row.pk}/", 2)
    again = owner_client.post(new, {"name": "AWS", "text": "203.0.113.0/24"})
    assert (again.status_code, list(again.context["form"].errors)) == (422, ["name"])
    none = owner_client.post(f"{new}{row.pk}/", {"text": "nothing"})
    assert (none.status_code, list(none.context["form"].errors)) == (422, ["__all__"])
    owner_client.post(f"{new}{row.pk}/", {"text": "203.0.113.0/24\n<b>no</b>"})
    page = owner_client.get(f"{new}{row.pk}/").content.decode()
    assert "<span>line 2</span><code>&lt;b&gt;no&lt;/b&gt;</code>" in page
    assert NetworkList.objects.get().number == 1
    listed = owner_client.get("/settings/visitors/").content.decode()
    assert "1 entry is no network" in listed
    assert owner_client.post(f"{new}{row.pk}/remove/").status_code == 302
    assert owner_client.get(f"{new}{row.pk}/").status_code == 404
    assert list(AuditRow.objects.filter(verb__startswith="networks.").order_by("pk").values_list("verb", "target")) == [
        ("networks.edit", f"networks {row.pk}"),
        ("networks.edit", f"networks {row.pk}"),
        ("networks.remove", f"networks {row.pk}"),
    ]


@pages
@home
def test_lists_are_changed_by_those_who_edit_keys(
    make_user: Callable[..., User], client_of: Callable[[User], Client]
) -> None:
    row = keep_list(SYSTEM, "Cloud", Found((network(NEAR),)))
    viewer = client_of(make_user(Role.VIEWER))
    for address in ("", f"{row.pk}/", f"{row.pk}/remove/"):
        assert viewer.post(f"/settings/visitors/networks/{address}", {"text": "x"}).status_code == 403
    assert NetworkList.objects.exists()
