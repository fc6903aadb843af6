"""Addresses of the settings of pipelines, lifecycle, reasons for losing and products."""

from django.urls import URLPattern, URLResolver, path

from tragt.web.crm.views import lifecycle, markets, pipelines, products, reasons, stages

urlpatterns: list[URLPattern | URLResolver] = [
    path("pipelines/", pipelines.listing, name="settings_pipelines"),
    path("pipelines/new/", pipelines.gallery, name="settings_new_pipeline"),
    path("pipelines/new/<slug:code>/", pipelines.preview, name="settings_blueprint"),
    path("pipelines/<int:key>/", pipelines.one, name="settings_pipeline"),
    path("pipelines/<int:key>/do/", pipelines.act, name="settings_pipeline_act"),
    path("pipelines/<int:key>/stages/", stages.add, name="settings_new_stage"),
    path("pipelines/stages/<int:key>/", stages.act, name="settings_stage"),
    path("lifecycle/", lifecycle.show, name="settings_lifecycle"),
    path("reasons/", reasons.listing, name="settings_reasons"),
    path("reasons/<int:key>/", reasons.act, name="settings_reason"),
    path("markets/", markets.listing, name="settings_markets"),
    path("products/", products.listing, name="settings_products"),
    path("products/new/", products.new, name="settings_new_product"),
    path("products/<int:key>/", products.one, name="settings_product"),
    path("products/<int:key>/do/", products.act, name="settings_product_act"),
]
