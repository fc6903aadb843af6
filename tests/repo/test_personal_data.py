"""The register of personal data is complete: every field of every model is declared, once, and no more than exist."""

from collections import Counter

import pytest
from django.apps import apps
from django.db.models import Model

from tragt.web.people.queries import register
from tragt.web.people.queries.register import FILES
from tragt.web.shell.personal import Store

MODELS = [model for model in apps.get_models() if not model._meta.proxy and model._meta.managed]


def stores_of(model: type[Model]) -> list[Store]:
    return [store for store in register() if store.name.lower() == model._meta.label_lower]


def fields_of(model: type[Model]) -> set[str]:
    """The fields with a column of their own, and links to many whose table no other model stands for."""
    linked = [(field.name, field.remote_field.through) for field in model._meta.many_to_many]
    hidden = {name for name, table in linked if table is not None and table._meta.auto_created}
    return {field.name for field in model._meta.concrete_fields} | hidden


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_register_declares_every_field_of_every_model_exactly_once(model: type[Model]) -> None:
    stores = stores_of(model)
    assert len(stores) == 1, f"{model._meta.label} stands in {len(stores)} stores of the register; it needs one"
    personal, other = set(stores[0].personal), set(stores[0].other)
    assert not personal & other, "declared both as personal and as not"
    missing = fields_of(model) - personal - other
    assert not missing, f"not declared: {sorted(missing)}"
    invented = (personal | other) - fields_of(model)
    assert not invented, f"declared, but there is no such field: {sorted(invented)}"


def test_register_names_no_model_that_does_not_exist_and_nothing_twice() -> None:
    names = Counter(store.name.lower() for store in register())
    assert [name for name, times in names.items() if times > 1] == []
    models = {model._meta.label_lower for model in MODELS}
    assert [name for name in names if name not in models and not name.startswith(FILES)] == []


def test_register_says_in_words_what_each_personal_field_holds() -> None:
    silent = [f"{store.name}.{name}" for store in register() for name, meaning in store.personal.items() if not meaning]
    assert silent == []
