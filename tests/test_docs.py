"""What the documents say is true: links, names, numbers and every example."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from hospital.ops.context import INTENDED_USE
from monitoring.ingest.openapi import REJECTION_CODES
from monitoring.readings.models import Reading
from monitoring.vitals import VITALS
from tests.factories import DeviceFactory, issue_key
from tests.hospital.ops.processes import wait_for
from tests.site import database_url

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
DEVICES = (ROOT / "docs" / "devices.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def example(page: str, name: str) -> str:
    """The code block that a page marks as tested under ``name``."""
    found = re.search(
        rf"<!-- tested: {name} -->\n```\w+\n(.*?)```",
        (ROOT / page).read_text(),
        re.DOTALL,
    )
    assert found, f"{page} marks no example {name}"
    return found[1]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {
        re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in headings
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path) if path else page
        assert found.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(found), f"{page.name} links to {target}"


def test_the_intended_use_stands_in_the_readme_word_for_word():
    assert INTENDED_USE in (ROOT / "README.md").read_text()


def test_every_setting_is_documented_and_none_is_invented():
    settings = (ROOT / "hospital" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", OPERATIONS, re.MULTILINE))
    example_file = (ROOT / ".env.example").read_text()
    offered = set(re.findall(r"^#?([A-Z_]+)=", example_file, re.MULTILINE))
    compose = (ROOT / "compose.yaml").read_text()
    for_compose = set(re.findall(r"\$\{([A-Z_]+)", compose)) - read

    assert len(read) > 20
    assert table == read
    assert offered == read | for_compose
    assert for_compose == {"SITE_HOST", "POSTGRES_PASSWORD"}
    assert all(f"`{name}`" in OPERATIONS for name in for_compose)


def test_compose_passes_on_only_settings_that_exist():
    settings = (ROOT / "hospital" / "settings.py").read_text()
    compose = (ROOT / "compose.yaml").read_text()
    block = re.search(r"environment: &environment\n((?:    \w+: .+\n)+)", compose)[1]

    for name in re.findall(r"^    (\w+):", block, re.MULTILINE):
        assert f'"{name}"' in settings


def test_every_vital_is_documented_with_its_unit_and_bounds():
    rows = {
        name: (unit, bounds)
        for name, unit, bounds in re.findall(
            r"^\| `(\w+)` \| (\S+) \| ([\d.]+ to [\d.]+) \|", DEVICES, re.MULTILINE
        )
    }

    assert rows == {
        vital.name: (vital.unit_label, f"{vital.low:g} to {vital.high:g}")
        for vital in VITALS.values()
    }


def test_every_rejection_is_documented():
    table = DEVICES.split("## When the whole post is refused")[0]

    assert set(re.findall(r"^\| `(\w+)` \| [`A-Z]", table, re.MULTILINE)) >= set(
        REJECTION_CODES
    )


def test_every_refusal_is_documented():
    source = (ROOT / "monitoring" / "ingest" / "app.py").read_text()
    schema = (ROOT / "monitoring" / "ingest" / "schema.py").read_text()
    codes = set(re.findall(r'Refusal\(\s*\d{3},\s*"(\w+)"', source))
    codes |= set(re.findall(r'BadBody\(\s*"(\w+)"', schema))

    assert len(codes) >= 8
    assert all(f"`{code}`" in DEVICES for code in codes)


def test_every_room_stands_in_the_architecture():
    page = (ROOT / "docs" / "architecture.md").read_text()
    for app in ("hospital", "wards", "monitoring"):
        for room in (ROOT / app).iterdir():
            if not (room / "__init__.py").exists():
                continue
            if room.name in ("migrations", "management", "templatetags"):
                continue
            assert f"`{app}/{room.name}/`" in page


def test_commands_of_the_readme_exist():
    targets = set(
        re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    )
    named = set()
    for page in PAGES:
        named |= set(re.findall(r"make ([a-z]+)\b", page.read_text()))

    assert {"run", "test", "lint", "bench"} <= targets
    assert named - targets <= {"a", "up"}


def test_decisions_are_short_and_numbered_once():
    numbers = []
    for record in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        text = record.read_text()
        number = re.match(r"(\d{4})-", record.name)[1]
        numbers.append(number)
        assert text.startswith(f"# {int(number)}. ")
        assert len(text.split()) < 400, record.name

    assert len(set(numbers)) == len(numbers)


# -- examples, run against a real server ----------------------------------------------


def in_environment(site, **more) -> dict[str, str]:
    return os.environ | {"DATABASE_URL": database_url(), "URL": site.url} | more


@pytest.mark.django_db(transaction=True)
def test_the_curl_example_stores_a_reading(site):
    if not any((Path(p) / "curl").exists() for p in os.environ["PATH"].split(":")):
        pytest.skip("no curl here")
    device = DeviceFactory(serial="SPARE-01")
    script = (
        example("README.md", "curl")
        .replace(".venv/bin/python", sys.executable)
        .replace("http://127.0.0.1:8000", site.url)
    )

    done = subprocess.run(
        ["sh", "-euc", script],
        cwd=ROOT,
        env=in_environment(site),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert '"stored":1' in done.stdout, done.stderr
    assert Reading.objects.get(device=device).heart_rate == 78


@pytest.mark.django_db(transaction=True)
def test_the_python_example_stores_a_reading(site):
    device = DeviceFactory()
    script = example("README.md", "python").replace("http://127.0.0.1:8000", site.url)

    done = subprocess.run(
        [sys.executable, "-c", script],
        env=in_environment(site, KEY=issue_key(device)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stdout.startswith("200 "), done.stderr
    assert Reading.objects.get(device=device).heart_rate == 78


@pytest.mark.django_db(transaction=True)
def test_the_whole_device_keeps_what_it_cannot_deliver(own_site):
    device = DeviceFactory()
    key = issue_key(device)
    # Faster, and with a number in each reading, to see that none is missing.
    script = "import itertools\nNUMBERS = itertools.count(1)\n" + example(
        "docs/devices.md", "device"
    ).replace("INTERVAL = 2.0", "INTERVAL = 0.1").replace(
        '"battery": 83', '"weight": next(NUMBERS)'
    )

    with subprocess.Popen(
        [sys.executable, "-c", script], env=in_environment(own_site, KEY=key)
    ) as posting:
        try:
            own_site.start()
            wait_for(Reading.objects.exists)
            own_site.stop()
            before = Reading.objects.count()
            own_site.start()
            wait_for(lambda: Reading.objects.count() > before + 10, seconds=60)
        finally:
            posting.kill()

    stored = sorted(Reading.objects.values_list("weight", flat=True))
    assert stored == list(range(1, len(stored) + 1))


def test_the_endpoint_documents_itself_to_anybody(site):
    document = httpx.get(f"{site.url}/api/openapi.json", trust_env=False).json()

    assert "/api/v1/readings" in document["paths"]
