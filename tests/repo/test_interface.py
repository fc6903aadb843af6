"""What `import tragt` offers is documented: a sentence of meaning, and a word for every argument."""

import inspect
import re

import pytest

import tragt


@pytest.mark.parametrize("name", sorted(getattr(tragt, "__all__", [])))
def test_public_name_is_documented_with_each_of_its_arguments(name: str) -> None:
    thing = getattr(tragt, name)
    if not (inspect.isclass(thing) or inspect.isroutine(thing)):
        return
    text = inspect.getdoc(thing) or ""
    assert text, f"tragt.{name} has no docstring"
    if inspect.isclass(thing):
        return
    unnamed = [
        argument
        for argument in inspect.signature(thing).parameters
        if not re.search(rf"^ +\*{{0,2}}{argument}(?: \(.*\))?: \S", text, flags=re.MULTILINE)
    ]
    assert not unnamed, f"the docstring of tragt.{name} does not describe {unnamed}"
