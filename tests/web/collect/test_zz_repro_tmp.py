import pytest
from tests.web.collect.conftest import *
from tests.web.collect.test_settling import sent, call, ids
from tragt.web.collect.settling import Settler
from tragt.web.collect import settling
from tragt.web.inbox import actions as inbox
pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.usefixtures("home")]

def test_f1(make_key, monkeypatch):
    key = make_key(); sent(key, call(1), call(2)); s = Settler(); s.settle()
    with monkeypatch.context() as b:
        b.setattr(inbox, "drop", lambda _u: 1/0)
        with pytest.raises(ZeroDivisionError): s.commit(now=True)
    again = Settler(); sent(key, call(3)); again.settle(); again.commit(now=True)
    assert ids() == ["m1","m2","m3"]

def test_f2_seen(make_key):
    """a woken settler does not know what its successor settled"""
    key = make_key(); sent(key, call(1)); a = Settler(); a.settle()
    b = Settler(); sent(key, call(2)); b.settle()
    sent(key, call(2)); a.settle(); a.commit(now=True)
    assert ids() == ["m1","m2"]

def test_f3_commit(make_key, monkeypatch):
    key = make_key(); sent(key, call(1)); a = Settler(); a.settle()
    b = Settler(); sent(key, call(2)); b.settle()
    # b read 1..2 , then a (having read 1 only) appends
    real = settling.lake
    from tragt.lake import Marker
    rec = settling.recent
    def overtaken(**k):
        found = rec(**k)
        monkeypatch.setattr(settling, "recent", rec)
        settling.lake().append([settling.events_in(x) for x in found[:1]], marker=Marker(settling.SETTLED, found[0].pk), batch="collect:x", known_new=True)
        return found
    monkeypatch.setattr(settling, "recent", overtaken)
    b.commit(now=True)
    assert ids() == ["m1","m2"]

def test_f4_inbox_lost(make_key):
    from tragt.web.inbox.models import Raw, Recent
    from django.db import connections
    key = make_key(); sent(key, call(1)); a = Settler(); a.settle(); a.commit(now=True)
    with connections[settings.INBOX].cursor() as c: c.execute("delete from sqlite_sequence")
    sent(key, call(2)); a = Settler(); a.settle(); a.commit(now=True)
    assert ids() == ["m1","m2"]
from django.conf import settings
