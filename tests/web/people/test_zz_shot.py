import os
from dataclasses import replace
import polars as pl, pytest
from playwright.sync_api import sync_playwright
from tests.web.people.conftest import START
from tragt.web.people.actions import learn_people
from tragt.web.shell.acting import SYSTEM
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]="1"
@pytest.mark.django_db(transaction=True)
def test_shot(live_server, owner_client, put, settings):
    put([("Visited","u:1",START)])
    learn_people(pl.DataFrame([{"actor":"u:1","name":"Åse Marie Kvalheim-Søndergård","email":"ase@vardforetagarna.se"}]),cause="import:1",who=SYSTEM)
    with sync_playwright() as p:
        b=p.chromium.launch(executable_path="/usr/bin/chromium",args=["--no-sandbox"])
        for w in (1280,360):
            c=b.new_context(viewport={"width":w,"height":900}); 
            c.add_cookies([{"name":"tragt_session","value":owner_client.cookies["tragt_session"].value,"url":live_server.url}])
            g=c.new_page(); g.goto(live_server.url+"/settings/privacy/"); g.fill("input[name=text]","ase@vardforetagarna.se"); g.click("main form button"); g.wait_for_load_state(); g.screenshot(path=f"/var/tmp/shot/p{w}.png",full_page=True)
            g.click("text=Erase …"); g.wait_for_load_state(); g.screenshot(path=f"/var/tmp/shot/c{w}.png",full_page=True)
        b.close()
