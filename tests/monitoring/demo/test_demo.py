"""The demo hospital: what others rely on by name."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from hospital.accounts.models import User
from hospital.ops.models import Installation
from monitoring.demo import access, cast
from monitoring.demo.build import DemoRefused, build_demo, is_empty
from monitoring.readings.models import LatestValues, MinuteSummary, Reading
from monitoring.readings.summaries import summarise
from monitoring.simulator.fleet_file import read_fleet
from wards.admissions.models import Admission, BedStay, DeviceAssignment
from wards.devices.keys import digest_of
from wards.devices.models import Device, DeviceKey, Gateway
from wards.patients.models import Patient
from wards.places.models import Bed, Ward

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo")]


def labels(beds) -> set[str]:
    return set(beds.values_list("label", flat=True))


def valid_digests() -> set[bytes]:
    return {bytes(key.digest) for key in DeviceKey.objects.valid()}


def test_it_has_three_wards_and_forty_beds():
    slugs = Ward.objects.order_by("pk").values_list("slug", flat=True)
    north = Bed.objects.filter(ward__slug="north")

    assert list(slugs) == ["north", "south", "east"]
    assert labels(north) == {f"N{n:02}" for n in range(1, 17)}
    assert Bed.objects.count() == 40


def test_every_kind_of_bed_is_there_to_be_seen():
    monitored = DeviceAssignment.objects.open().values("admission")
    without_monitor = BedStay.objects.open().exclude(admission__in=monitored)

    assert labels(Bed.objects.filter(in_use=False)) == {"N16"}
    assert labels(Bed.objects.free()) == {"N15", "S13", "S14", "E10"}
    assert [stay.bed.label for stay in without_monitor] == ["N14"]


def test_a_bed_and_its_monitor_bear_the_same_number():
    bound = {
        assignment.admission.bed_stays.open().get().bed.label: assignment.device.serial
        for assignment in DeviceAssignment.objects.open()
    }

    assert len(bound) == 34
    assert bound == {label: f"SIM-{label}" for label in bound}
    assert cast.profile_of("SIM-N01") == "stable"


def test_spare_monitors_are_free():
    free = set(Device.objects.free().values_list("serial", flat=True))

    assert free == {f"SPARE-{n:02}" for n in range(1, 6)}


def test_nurse_and_doctor_work_on_north_and_south_only():
    for email in ("nurse@demo.invalid", "doctor@demo.invalid"):
        wards = Ward.objects.visible_to(User.objects.get(email=email))
        assert set(wards.values_list("slug", flat=True)) == {"north", "south"}


def test_admin_is_of_the_desk_and_of_no_ward():
    admin = User.objects.get(email="admin@demo.invalid")

    assert admin.is_admin
    assert not Ward.objects.visible_to(admin).exists()


@pytest.mark.parametrize("email", access.SIGN_IN_AS)
def test_its_people_can_sign_in(client, email):
    answer = client.post(
        reverse("account_login"), {"login": email, "password": access.password()}
    )

    assert answer.status_code == 302
    assert answer["Location"] == reverse("home")


def test_everybody_in_it_is_plainly_invented():
    numbers = set(Patient.objects.values_list("hospital_number", flat=True))

    assert all(user.email.endswith(".invalid") for user in User.objects.all())
    assert EmailAddress.objects.filter(verified=True).count() == User.objects.count()
    assert numbers == {f"DEMO-{n:04}" for n in range(1, len(numbers) + 1)}


def test_its_patients_are_as_old_as_the_cast_says():
    ages = [patient.age() for patient in Patient.objects.order_by("hospital_number")]

    assert ages[: len(cast.PATIENTS)] == [invented.age for invented in cast.PATIENTS]


def test_allergies_are_known_none_or_not_asked():
    allergies = set(Patient.objects.values_list("allergies", flat=True))

    assert {"", "none known", "Penicillin: rash"} <= allergies


def test_its_past_holds_transfers_and_stays_that_ended():
    left_beds = BedStay.objects.exclude(ended_at=None)
    gone = Admission.objects.exclude(discharged_at=None)

    assert left_beds.filter(admission__discharged_at=None).count() == 2
    assert gone.count() == 3


def test_the_simulator_understands_the_file_of_keys():
    file = access.keys_file()
    fleet = read_fleet(file)
    simulated = Device.objects.filter(serial__startswith="SIM-")

    assert file.stat().st_mode & 0o777 == 0o600
    assert {entry.serial for entry in fleet.devices} == {d.serial for d in simulated}
    assert {digest_of(entry.key) for entry in fleet.devices} == valid_digests()


def test_monitors_of_the_gateway_share_its_key():
    gateway = Gateway.objects.get()
    behind = set(gateway.devices.values_list("serial", flat=True))
    fleet = read_fleet(access.keys_file())
    keys = {entry.key for entry in fleet.devices if entry.serial in behind}

    assert behind == {f"SIM-E{n:02}" for n in range(1, 10)}
    assert [digest_of(key) for key in keys] == [bytes(gateway.keys.get().digest)]


def test_a_day_of_readings_belongs_to_those_who_lay_there():
    assignment = DeviceAssignment.objects.get(device__serial="SIM-N01")
    readings = Reading.objects.filter(device=assignment.device)
    owners = set(readings.values_list("admission", flat=True))

    assert 1435 <= readings.count() <= 1440
    assert owners == {assignment.admission_id}
    assert readings.earliest("at").at > assignment.started_at
    assert not Reading.objects.filter(admission=None).exists()


def test_the_newest_reading_is_what_is_shown():
    device = Device.objects.get(serial="SIM-N01")
    newest = Reading.objects.filter(device=device).latest("at")
    shown = LatestValues.objects.get(device=device).values

    assert shown["heart_rate"][0] == newest.heart_rate
    assert device.contact.last_heard_at == newest.received_at


def test_no_reading_was_received_in_the_future():
    """Though a fast clock stamps them so."""
    newest = Reading.objects.latest("received_at")

    assert newest.received_at <= datetime.now(UTC)
    assert Reading.objects.latest("at").device.serial == "SIM-N08"


def test_the_clock_makes_summaries_of_them():
    device = Device.objects.get(serial="SIM-N01")

    summarise(since=None, oldest=datetime.now(UTC) - timedelta(days=2))

    summaries = MinuteSummary.objects.filter(device=device)
    assert summaries.count() == Reading.objects.filter(device=device).count()


def test_it_is_marked_and_loaded_once():
    assert Installation.objects.get().is_demo
    assert not is_empty()
    with pytest.raises(DemoRefused):
        build_demo()


def test_a_password_given_later_becomes_everybodys(settings, tmp_path):
    settings.DEMO_DIR = tmp_path
    settings.DEMO_PASSWORD = "north south east"

    access.refresh()

    assert all(user.check_password("north south east") for user in User.objects.all())
    settings.DEMO_PASSWORD = ""
    assert access.password() == "north south east"


def test_lost_keys_are_replaced_and_the_old_ones_end(settings, tmp_path):
    before = valid_digests()
    settings.DEMO_DIR = tmp_path
    settings.DEMO_PASSWORD = "irrelevant here"

    access.refresh()

    told = json.loads(access.keys_file().read_text())["devices"]
    assert {digest_of(entry["key"]) for entry in told} == valid_digests()
    assert not before & valid_digests()
