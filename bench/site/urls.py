from django.http import HttpResponse
from django.urls import path

from vitrine import urls
from vitrine.urls import handler400, handler403, handler404, handler500  # noqa: F401

CONSTANT = "<!doctype html><title>Vitrine</title><p>Une page constante.</p>" * 100

urlpatterns = [path("constant/", lambda request: HttpResponse(CONSTANT)), *urls.urlpatterns]
