"""Static files, gathered for serving when they have changed and not otherwise."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def gather_assets() -> bool:
    """Run ``collectstatic`` if any file differs from last time; tell whether it ran.

    The gathered folder is emptied first, so nothing removed from the sources lives on.
    """
    mark = Path(settings.STATIC_ROOT) / ".gathered"
    wanted = _fingerprint()
    if mark.is_file() and mark.read_text() == wanted:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    mark.write_text(wanted)
    return True


def _fingerprint() -> str:
    """One text for the present state of all sources: paths, sizes, times of change."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
