"""Addresses of the app `funnels`."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.funnels.views import builder, lists, pages, pipelines

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.index, name="funnels"),
    path("new/", builder.new, name="funnel_new"),
    path("pipelines/<int:key>/", pipelines.follow, name="pipeline_funnel"),
    path("preview/", builder.preview, name="funnel_preview"),
    path("<int:key>/", pages.show, name="funnel"),
    path("<int:key>/edit/", builder.edit, name="funnel_edit"),
    path("<int:key>/rename/", pages.rename, name="funnel_rename"),
    path("<int:key>/delete/", pages.delete, name="funnel_delete"),
    path("<int:key>/undelete/", pages.undelete, name="funnel_undelete"),
    path("<int:key>/funnel.csv", pages.table, {"kind": "csv"}, name="funnel_csv"),
    path("<int:key>/funnel.xlsx", pages.table, {"kind": "xlsx"}, name="funnel_xlsx"),
    path("<int:key>/funnel.svg", pages.picture, {"kind": "svg"}, name="funnel_svg"),
    path("<int:key>/funnel.png", pages.picture, {"kind": "png"}, name="funnel_png"),
    path("<int:key>/steps/<int:number>/", lists.standing, name="funnel_step"),
    path("<int:key>/steps/<int:number>/segment/", lists.save_standing, name="funnel_step_segment"),
    path("<int:key>/steps/<int:number>/list.csv", lists.standing_file, {"kind": "csv"}, name="funnel_step_csv"),
    path("<int:key>/steps/<int:number>/list.xlsx", lists.standing_file, {"kind": "xlsx"}, name="funnel_step_xlsx"),
]
