"""Ask this machine's server whether it is ready: what a container's health check runs.

Exits with 0 when it is. Needs no settings and no Django, so it costs little.
"""

import os
import sys
import urllib.error
import urllib.request


def main() -> int:
    """Return 0 if ``/readyz`` answers 200; print why not otherwise."""
    hosts = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")
    request = urllib.request.Request(
        f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/readyz",
        headers={"Host": hosts[0].strip(), "X-Forwarded-Proto": "https"},
    )
    try:
        with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310
            return 0 if answer.status == 200 else 1
    except urllib.error.HTTPError as error:
        sys.stderr.write(error.read().decode(errors="replace") + "\n")
    except OSError as error:
        sys.stderr.write(f"{error}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
