"""Addresses of the app `webforms`: those that visitors see begin with ``f/``."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.webforms.views import editing, public

app_name = "webforms"
urlpatterns: list[URLPattern | URLResolver] = [
    path("forms/", editing.listing, name="list"),
    path("forms/new/", editing.new, name="new"),
    path("forms/<int:key>/", editing.one, name="one"),
    path("forms/<int:key>/edit/", editing.edit, name="edit"),
    path("forms/<int:key>/preview/", editing.preview, name="preview"),
    path("forms/<int:key>/close/", editing.close, name="close"),
    path("forms/<int:key>/reopen/", editing.reopen, name="reopen"),
    path("forms/<int:key>/delete/", editing.delete, name="delete"),
    path("forms/<int:key>/turned-away/<int:row>/take/", editing.rescue, name="rescue"),
    path("forms/<int:key>/turned-away/<int:row>/throw-away/", editing.throw_away, name="throw_away"),
    path("f/<slug:public>/", public.hosted, name="hosted"),
    path("f/<slug:public>/thanks/", public.thanks, name="thanks"),
    path("f/<slug:public>/frame/", public.framed, name="framed"),
    path("f/<slug:public>/frame/thanks/", public.framed_thanks, name="framed_thanks"),
    path("f/<slug:public>/confirm/<str:token>/", public.confirm, name="confirm"),
    path("f/<slug:public>/withdraw/<str:token>/", public.withdraw, name="withdraw"),
]
