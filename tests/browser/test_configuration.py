"""The Django admin in our colours."""

from tests.factories import UserFactory, WardMembershipFactory


def test_configuration_opens_in_both_themes_and_asks_no_other_host(
    open_page, screenshot
):
    superuser = UserFactory(superuser=True, full_name="Sue Super")
    member = WardMembershipFactory().user
    for theme in ("light", "dark"):
        page = open_page("/", user=superuser, theme=theme)
        assert page.url.endswith("/admin/")
        screenshot(page, f"admin-{theme}")
        for path in ("hospital/user/", f"hospital/user/{member.pk}/change/"):
            page.goto(f"/admin/{path}")
            screenshot(page, f"admin-{path.replace('/', '-')}{theme}")
