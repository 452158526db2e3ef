"""The Django admin, for configuration; each topic registers its own."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

from hospital.access import admin as access_admin

__all__ = ["access_admin"]

admin.site.site_header = "Wardwatch configuration"
admin.site.site_title = "Wardwatch configuration"
admin.site.index_title = "Configuration"
admin.site.site_url = "/"
# One door: email, confirmed address, limited tries.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
