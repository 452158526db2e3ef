"""One browser, two people after each other: nothing of the first is left."""

from django.urls import reverse

from tests import factories


def test_a_notice_never_shown_is_gone_with_the_sign_out(admin, stranger, sign_in):
    browser = sign_in(admin)
    stay = factories.admit(family_name="Quillfeather")
    # The answer names the patient; the page it leads to is never loaded.
    answer = browser.post(reverse("admission_discharge", args=[stay.pk]), {})
    assert answer.status_code == 302
    assert "Quillfeather" not in str(browser.cookies)

    browser.post(reverse("account_logout"))
    browser.force_login(stranger)

    for page in ("/wards/", "/patients/"):
        shown = browser.get(page, follow=True).content.decode()
        assert "Quillfeather" not in shown
