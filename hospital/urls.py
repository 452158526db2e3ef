"""Every page's address. Topics own theirs; this puts them together."""

from django.contrib import admin
from django.urls import include, path

from hospital.accounts.views import home
from hospital.ops.health import healthz, readyz

urlpatterns = [
    path("", home, name="home"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("", include("wards.urls")),
    path("", include("monitoring.urls")),
]

handler500 = "hospital.ops.unavailable.server_error"
