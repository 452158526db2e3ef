"""Racing threads on real transactions: one wins, the others get a sentence."""

from functools import partial
from itertools import pairwise

import pytest

from hospital.access.refusals import NotPossible
from tests.factories import (
    BedFactory,
    DeviceFactory,
    PatientFactory,
    UserFactory,
    admit,
)
from tests.racing import race
from wards.admissions.actions import (
    admit_patient,
    discharge_patient,
    swap_device,
    transfer_patient,
)
from wards.admissions.models import Admission, BedStay, DeviceAssignment
from wards.devices.actions import set_device_status
from wards.devices.models import Device
from wards.places.actions import set_bed_in_use

pytestmark = pytest.mark.django_db(transaction=True)

MAINTENANCE = Device.Status.MAINTENANCE
ROUNDS = 5
"""Each race is run several times: the schedulers' mood differs."""


@pytest.fixture(params=range(ROUNDS))
def clerk(request):
    """Somebody at the desk, once a round."""
    return UserFactory(admin=True)


def admitting(clerk, *, patient=None, bed=None, device=None):
    return partial(
        admit_patient,
        patient=patient or PatientFactory(),
        bed=bed or BedFactory(),
        device=device,
        reason="",
        responsible_doctor=None,
        by=clerk,
    )


def outcome(results) -> tuple[list, list[str]]:
    """Who won, and what the others were told. Anything else fails the test."""
    refused = [r for r in results if isinstance(r, NotPossible)]
    broken = [r for r in results if isinstance(r, Exception) and r not in refused]
    assert broken == []
    won = [r for r in results if not isinstance(r, Exception)]
    return won, [r.message for r in refused]


@pytest.mark.parametrize("racers", [2, 6])
def test_admissions_to_one_bed(clerk, racers):
    bed = BedFactory(label="N07")

    won, told = outcome(race(*(admitting(clerk, bed=bed) for _ in range(racers))))

    assert len(won) == BedStay.objects.count() == Admission.objects.count() == 1
    assert told == ["Bed N07 was taken a moment ago. Choose another bed."] * (
        racers - 1
    )


@pytest.mark.parametrize("racers", [2, 6])
def test_admissions_of_one_patient(clerk, racers):
    patient = PatientFactory(family_name="Hale", given_name="Ivy")

    won, told = outcome(
        race(*(admitting(clerk, patient=patient) for _ in range(racers)))
    )

    assert len(won) == BedStay.objects.count() == Admission.objects.count() == 1
    assert len(told) == racers - 1
    assert all(s.startswith("Hale, Ivy is already admitted, in bed") for s in told)


@pytest.mark.parametrize("racers", [2, 6])
def test_admissions_with_one_monitor(clerk, racers):
    device = DeviceFactory(serial="SIM-9")

    won, told = outcome(race(*(admitting(clerk, device=device) for _ in range(racers))))

    assert len(won) == Admission.objects.count() == 1
    assert DeviceAssignment.objects.count() == 1
    assert all(s.startswith("Monitor SIM-9 is with another patient") for s in told)


def test_admissions_that_share_bed_and_monitor_crosswise(clerk):
    beds = BedFactory.create_batch(3)
    devices = DeviceFactory.create_batch(2)

    won, told = outcome(
        race(
            *(
                admitting(clerk, bed=bed, device=device)
                for bed in beds
                for device in reversed(devices)
            )
        )
    )

    assert 1 <= len(won) <= 2
    assert len(won) + len(told) == 6
    assert DeviceAssignment.objects.count() == BedStay.objects.count() == len(won)


def test_two_patients_into_each_others_beds(clerk):
    first, second = admit(), admit()
    bed_of = {a: a.bed_stays.get().bed for a in (first, second)}

    won, told = outcome(
        race(
            partial(transfer_patient, admission=first, bed=bed_of[second], by=clerk),
            partial(transfer_patient, admission=second, bed=bed_of[first], by=clerk),
        )
    )

    assert won == []
    assert len(told) == 2
    for admission, bed in bed_of.items():
        assert admission.bed_stays.get().bed == bed


def test_a_ring_of_transfers(clerk):
    patients = [admit() for _ in range(4)]
    free = BedFactory()
    beds = [*(a.bed_stays.get().bed for a in patients), free]

    won, told = outcome(
        race(
            *(
                partial(transfer_patient, admission=admission, bed=to, by=clerk)
                for admission, (_, to) in zip(patients, pairwise(beds), strict=True)
            )
        )
    )

    # The last goes to the free bed; the others follow if they come late enough.
    assert won
    assert len(won) + len(told) == 4
    assert BedStay.objects.open().count() == 4


def test_transfers_to_one_bed(clerk):
    bed = BedFactory(label="N07")

    won, told = outcome(
        race(
            *(
                partial(transfer_patient, admission=admit(), bed=bed, by=clerk)
                for _ in range(4)
            )
        )
    )

    assert len(won) == 1
    assert told == ["Bed N07 was taken a moment ago. Choose another bed."] * 3


def test_transfers_of_one_patient(clerk):
    admission = admit()

    won, _ = outcome(
        race(
            *(
                partial(transfer_patient, admission=admission, bed=bed, by=clerk)
                for bed in BedFactory.create_batch(4)
            )
        )
    )

    assert len(won) == 4
    stays = admission.bed_stays.order_by("started_at")
    assert stays.count() == 5
    for before, after in pairwise(stays):
        assert before.ended_at == after.started_at


def test_transfer_against_discharge(clerk):
    admission, bed = admit(family_name="Hale", given_name="Ivy"), BedFactory()

    _, told = outcome(
        race(
            partial(transfer_patient, admission=admission, bed=bed, by=clerk),
            partial(discharge_patient, admission=admission, by=clerk),
        )
    )

    assert told in (
        [],
        ["Hale, Ivy has been discharged already. The stay has ended."],
    )
    assert not Admission.objects.open().exists()
    assert not BedStay.objects.open().exists()
    assert not DeviceAssignment.objects.open().exists()


def test_a_bed_that_is_freed_while_it_is_asked_for(clerk):
    leaving = admit(bed=BedFactory(label="N07"))
    bed = leaving.bed_stays.get().bed

    _, told = outcome(
        race(
            partial(discharge_patient, admission=leaving, by=clerk),
            admitting(clerk, bed=bed),
        )
    )

    assert told in (
        [],
        ["Bed N07 was taken a moment ago. Choose another bed."],
    )
    assert BedStay.objects.open().count() == 1 - len(told)


def test_discharges_of_one_stay(clerk):
    admission = admit()

    won, told = outcome(
        race(
            *(
                partial(discharge_patient, admission=admission, by=clerk)
                for _ in range(4)
            )
        )
    )

    assert (len(won), len(told)) == (1, 3)


def test_one_monitor_for_several_patients(clerk):
    device = DeviceFactory()

    won, told = outcome(
        race(
            *(
                partial(swap_device, admission=admit(), device=device, by=clerk)
                for _ in range(4)
            )
        )
    )

    assert (len(won), len(told)) == (1, 3)
    assert device.assignments.open().count() == 1


def test_several_monitors_for_one_patient(clerk):
    admission = admit()

    won, _ = outcome(
        race(
            *(
                partial(swap_device, admission=admission, device=device, by=clerk)
                for device in DeviceFactory.create_batch(4)
            )
        )
    )

    assert len(won) == 4
    assert admission.device_assignments.open().count() == 1
    for before, after in pairwise(admission.device_assignments.order_by("started_at")):
        assert before.ended_at == after.started_at


def test_two_patients_swap_each_others_monitors(clerk):
    first, second = admit(), admit()
    mine = {a: a.device_assignments.get().device for a in (first, second)}

    won, told = outcome(
        race(
            partial(swap_device, admission=first, device=mine[second], by=clerk),
            partial(swap_device, admission=second, device=mine[first], by=clerk),
        )
    )

    assert (won, len(told)) == ([], 2)


def test_swap_against_discharge(clerk):
    admission, device = admit(), DeviceFactory()

    outcome(
        race(
            partial(swap_device, admission=admission, device=device, by=clerk),
            partial(discharge_patient, admission=admission, by=clerk),
        )
    )

    assert not DeviceAssignment.objects.open().exists()


def test_a_monitor_goes_to_a_patient_or_to_maintenance_never_both(clerk):
    device = DeviceFactory()

    outcome(
        race(
            admitting(clerk, device=device),
            partial(set_device_status, device=device, status=MAINTENANCE, by=clerk),
        )
    )

    device.refresh_from_db()
    assert device.assignments.open().exists() == (device.status != MAINTENANCE)


def test_a_bed_takes_a_patient_or_is_closed_never_both(clerk):
    bed = BedFactory()

    outcome(
        race(
            admitting(clerk, bed=bed),
            partial(set_bed_in_use, bed=bed, in_use=False, by=clerk),
        )
    )

    bed.refresh_from_db()
    assert bed.stays.open().exists() == bed.in_use


def test_one_form_sent_six_times(clerk):
    patient, bed = PatientFactory(), BedFactory()
    number = "6f1c1a3e-6a1f-4e0e-9a52-2d6a4a1b8a11"

    won, told = outcome(
        race(
            *(
                partial(admitting(clerk, patient=patient, bed=bed), submission=number)
                for _ in range(6)
            )
        )
    )

    assert (len(won), len(told)) == (1, 5)
    assert Admission.objects.count() == 1
