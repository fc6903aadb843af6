"""What a page is put under: clocks that run differently, and a form with all kinds of fields."""

__all__ = ["FORM", "HURRIED", "PATIENT", "PAUSES", "STILL"]

# The time in which events gather is cut short, so that tests take less.
HURRIED = """{
  const wait = window.setTimeout;
  window.setTimeout = (work, pause) => wait(work, pause === 300 ? 5 : pause);
}"""
# Nothing is sent but what leaving sends.
PATIENT = """{
  const wait = window.setTimeout;
  window.setTimeout = (work, pause) => wait(work, pause === 300 ? 1e6 : pause);
}"""
# Nothing is tried again by itself.
STILL = """{
  const wait = window.setTimeout;
  window.setTimeout = (work, pause) => wait(work, pause > 500 ? 1e6 : pause);
}"""
# Long pauses are written down, and short ones taken in their place.
PAUSES = """{
  const wait = window.setTimeout;
  window.pauses = [];
  window.setTimeout = (work, pause) => wait(work, pause > 500 ? (pauses.push(pause), 5) : pause);
}"""

FORM = """
<form data-tragt-form="Demo Asked" data-tragt-plan="pro" action="/thanks">
  <input name=email data-tragt-field value="a@example.org">
  <input name=n type=number data-tragt-field="seats" value=5>
  <input name=word type=password data-tragt-field value=hidden1>
  <input name=shown type=text autocomplete=current-password data-tragt-field value=hidden2>
  <input name=card autocomplete="billing cc-number" data-tragt-field value=hidden3>
  <input name=trap type=hidden data-tragt-field value=hidden4>
  <input name=file type=file data-tragt-field>
  <input name=unmarked value=hidden5>
  <input name=news type=checkbox data-tragt-field value=yes checked>
  <input name=calls type=checkbox data-tragt-field value=yes>
  <input name=size type=radio data-tragt-field value=small>
  <input name=size type=radio data-tragt-field value=big checked>
  <select name=country data-tragt-field><option value=dk>DK<option value=se selected>SE</select>
  <textarea name=wish data-tragt-field>More</textarea>
  <button>Ask</button>
</form>
<form><input name=email data-tragt-field value=not-this><button id=other>Other</button></form>
<button data-tragt-event="Opened" type=button><b>Open</b></button>
"""
