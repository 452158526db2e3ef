"""Addresses of devices and gateways."""

from django.urls import path

from wards.devices import gateway_views, key_views, views

urlpatterns = [
    path("devices/", views.devices, name="devices"),
    path("devices/new/", views.device_new, name="device_new"),
    path("devices/<int:pk>/", views.device, name="device"),
    path("devices/<int:pk>/edit/", views.device_edit, name="device_edit"),
    path(
        "devices/<int:pk>/status/<slug:status>/",
        views.device_status,
        name="device_status",
    ),
    path("devices/<int:pk>/key/", key_views.device_key, name="device_key"),
    path(
        "devices/<int:pk>/key/revoke/",
        key_views.device_key_revoke,
        name="device_key_revoke",
    ),
    path("gateways/", gateway_views.gateways, name="gateways"),
    path("gateways/new/", gateway_views.gateway_new, name="gateway_new"),
    path("gateways/<int:pk>/", gateway_views.gateway, name="gateway"),
    path("gateways/<int:pk>/edit/", gateway_views.gateway_edit, name="gateway_edit"),
    path("gateways/<int:pk>/key/", key_views.gateway_key, name="gateway_key"),
    path(
        "gateways/<int:pk>/key/revoke/",
        key_views.gateway_key_revoke,
        name="gateway_key_revoke",
    ),
]
