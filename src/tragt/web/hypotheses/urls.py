"""Addresses of the app `hypotheses`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.hypotheses.views import cards, register, remedies

app_name = "hypotheses"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", register.listing, name="list"),
    path("hypotheses.csv", register.table, name="csv"),
    path("new/", cards.new, name="new"),
    path("<int:key>/", cards.one, name="one"),
    path("<int:key>/change/<slug:name>/", cards.change, name="change"),
    path("<int:key>/state/", cards.state, name="state"),
    path("<int:key>/note/", cards.note, name="note"),
    path("<int:key>/remove/", cards.remove, name="remove"),
    path("<int:key>/bring-back/", cards.bring_back, name="bring_back"),
    path("texts/", remedies.listing, name="texts"),
    path("texts/<slug:leak>/<slug:stage>/", remedies.edit, name="text"),
    path("texts/<slug:leak>/<slug:stage>/aside/", remedies.aside, name="text_aside"),
    path("texts/<slug:leak>/<slug:stage>/again/", remedies.again, name="text_again"),
    path("leaks/<int:key>/stage/", remedies.stage, name="stage"),
]
