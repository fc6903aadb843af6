"""Addresses of the app `reports`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.reports.views import pages, papers, public

app_name = "reports"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.listing, name="list"),
    path("confirm/<str:token>/", public.confirm, name="confirm"),
    path("stop/<str:token>/", public.stop, name="stop"),
    path("<int:key>/", pages.one, name="one"),
    path("<int:key>/picture.png", pages.picture, name="picture"),
    path("<int:key>/try/", pages.send_me, name="try"),
    path("<int:key>/pause/", pages.pause, name="pause"),
    path("<int:key>/resume/", pages.resume, name="resume"),
    path("<int:key>/ask/", pages.ask, name="ask"),
    path("<int:key>/remove/", pages.remove, name="remove"),
    path("<int:key>/undo/", pages.undo, name="undo"),
    path("funnels/<int:key>/weeks/", papers.weeks, name="weeks"),
    path("funnels/<int:key>/funnel.pdf", papers.paper, name="pdf"),
]
