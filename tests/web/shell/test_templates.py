"""Every template of every app says what it needs, asks for icons that exist, and holds nothing inline."""

import re
from pathlib import Path

from django.template import engines

from tragt.web.shell import icons, rooms

WEB = Path(__file__).resolve().parents[3] / "src" / "tragt" / "web"
TEMPLATES = {
    file.relative_to(WEB).as_posix(): file.read_text()
    for kind in ("html", "txt")
    for file in sorted(WEB.glob(f"*/templates/**/*.{kind}"))
}
SENT = re.compile(r"mail/templates/mail/(frame|_button|test)\.|\w+/templates/\w+/mail/")  # mail has its styles inline
PAGES = {name: text for name, text in TEMPLATES.items() if name.endswith(".html") and not SENT.match(name)}
INPUTS = re.compile(r"(\{%[^\n]*?%\}\s*)*\{# inputs: \S.*#\}")
COMMENT = re.compile(r"\{#.*?#\}")
DATA = re.compile(r'<script[^>]* type="application/json"')
INLINE = re.compile(r"<style|\sstyle=|\son(?!e=)[a-z]+=|hx-on|hx-vars|[\"']js:|javascript:|<script(?![^>]*\ssrc=)")
ICON = re.compile(r"""{%\s*icon\s+["']([\w-]+)["']|\bicon=["']([\w-]+)["']""")


def test_templates_declare_their_inputs_first() -> None:
    silent = [name for name, text in TEMPLATES.items() if not INPUTS.match(text)]
    assert not silent, "These must start with {# inputs: … #}, which other tags may precede: " + ", ".join(silent)


def test_templates_can_be_read_by_django() -> None:
    for text in TEMPLATES.values():
        engines["django"].from_string(text)


def test_templates_of_pages_hold_no_inline_script_or_style() -> None:
    found = {name: INLINE.findall(DATA.sub("", COMMENT.sub("", text))) for name, text in PAGES.items()}
    assert not {name: what for name, what in found.items() if what}


def test_templates_and_rooms_ask_for_icons_that_exist() -> None:
    asked = {(one or other): name for name, text in PAGES.items() for one, other in ICON.findall(text)}
    asked |= {room.icon: room.url_name for room in rooms._rooms.values()}
    assert not {icon: where for icon, where in asked.items() if not icons.exists(icon)}
