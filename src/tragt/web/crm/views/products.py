"""The settings of products: what is sold, and for how much."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tragt.errors import InvalidDefinition, NotFound, TragtError
from tragt.web.accounts.views.asking import who
from tragt.web.crm.actions import products as acts
from tragt.web.crm.forms.products import ProductForm
from tragt.web.crm.models import Product
from tragt.web.crm.queries.products import archived_products, families, product_of, products
from tragt.web.crm.sentences import say
from tragt.web.crm.views.pipelines import EDIT
from tragt.web.shell import organisation

__all__ = ["act", "listing", "new", "one"]

PAGE = 50
_USUAL = ("DKK", "SEK", "NOK", "EUR", "USD", "GBP", "CHF", "PLN")


@require_GET
@EDIT
def listing(request: HttpRequest) -> HttpResponse:
    """What is sold, and what no longer is."""
    archived = request.GET.get("archived") == "1"
    rows = archived_products() if archived else products()
    inputs = {
        "page": Paginator(rows, PAGE).get_page(request.GET.get("page")),
        "archived": archived,
        "others": (products() if archived else archived_products()).exists(),
    }
    return render(request, "crm/settings/products.html", inputs)


@require_http_methods(["GET", "POST"])
@never_cache
@EDIT
def new(request: HttpRequest) -> HttpResponse:
    """Add a product."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@never_cache
@EDIT
def one(request: HttpRequest, key: int) -> HttpResponse:
    """Change a product."""
    try:
        return _edit(request, product_of(key))
    except NotFound as nothing:
        raise Http404 from nothing


@require_POST
@EDIT
def act(request: HttpRequest, key: int) -> HttpResponse:
    """Archive a product, or bring it back."""
    try:
        if request.POST.get("do") == "archive":
            gone = acts.archive_product(key, who=who(request))
            messages.success(request, _("%(name)s is archived. It stays on its deals.") % {"name": gone.name})
        elif request.POST.get("do") == "back":
            acts.bring_back_product(key, who=who(request))
    except TragtError as refusal:
        messages.error(request, say(refusal))
    return redirect("settings_products")


def _edit(request: HttpRequest, product: Product | None) -> HttpResponse:
    currency = organisation.current().currency
    form = ProductForm(request.POST if request.method == "POST" else None, product, currency)
    if form.is_bound and form.is_valid():
        try:
            if product is None:
                acts.add_product(form.offering, who=who(request), currency=currency)
            else:
                acts.edit_product(product.pk, form.offering, who=who(request))
        except InvalidDefinition as refusal:
            form.add_error("name" if refusal.fields.get("field") == "name" else None, say(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("settings_products")
    currencies = list(dict.fromkeys([currency, *_USUAL]))
    inputs = {"form": form, "product": product, "families": families(), "currencies": currencies}
    return render(request, "crm/settings/product.html", inputs, status=422 if form.is_bound else 200)
