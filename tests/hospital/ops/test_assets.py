import pytest
from django.core.management import call_command
from django.test import override_settings

from hospital.ops.assets import gather_assets


@pytest.fixture
def sources(tmp_path):
    """A folder with one style sheet, and settings that serve nothing else."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "ward.css").write_text("body { margin: 0 }")
    with override_settings(
        STATICFILES_DIRS=[folder],
        STATICFILES_FINDERS=["django.contrib.staticfiles.finders.FileSystemFinder"],
        STATIC_ROOT=tmp_path / "gathered",
    ):
        yield folder


def test_gathers_once_and_then_only_after_a_change(sources, tmp_path):
    assert gather_assets()
    assert not gather_assets()

    (sources / "ward.css").write_text("body { margin: 1px }")

    assert gather_assets()
    assert (tmp_path / "gathered" / "ward.css").read_text() == "body { margin: 1px }"


def test_what_was_removed_is_served_no_longer(sources, tmp_path):
    (sources / "old.css").write_text("")
    gather_assets()
    (sources / "old.css").unlink()

    assert gather_assets()
    assert not (tmp_path / "gathered" / "old.css").exists()


def test_gathers_again_after_somebody_emptied_the_folder(sources):
    gather_assets()
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)

    assert gather_assets()
