"""What the four actions do, what they refuse, and who may not."""

from datetime import timedelta

import pytest
import time_machine

from hospital.access.models import AuditEvent
from hospital.access.refusals import NotPermitted, NotPossible
from tests.factories import (
    AdmissionFactory,
    BedFactory,
    DeviceFactory,
    PatientFactory,
    UserFactory,
    WardFactory,
    admit,
    utc,
)
from wards.admissions.actions import (
    admit_patient,
    discharge_patient,
    swap_device,
    transfer_patient,
)
from wards.admissions.models import Admission, BedStay, DeviceAssignment
from wards.devices.models import Device
from wards.places.models import Bed

pytestmark = pytest.mark.django_db

NOON = utc("2026-11-20 12:00")


@pytest.fixture
def bed(ward):
    return BedFactory(ward=ward, label="N07")


def admitted(*, by, bed, **details) -> Admission:
    """Admit with what a test does not care about left to chance."""
    return admit_patient(
        **{"patient": PatientFactory(), "reason": "", "responsible_doctor": None}
        | details,
        bed=bed,
        by=by,
    )


def stay_of(admission) -> BedStay:
    return admission.bed_stays.open().get()


def refusal(call, **arguments) -> NotPossible:
    with pytest.raises(NotPossible) as refused:
        call(**arguments)
    return refused.value


# -- admission -----------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_an_admission_holds_patient_bed_monitor_reason_and_doctor(admin, doctor, bed):
    patient, device = PatientFactory(), DeviceFactory()

    admission = admit_patient(
        patient=patient,
        bed=bed,
        device=device,
        reason="Fall at home",
        responsible_doctor=doctor,
        by=admin,
    )

    assert (admission.patient, admission.admitted_at) == (patient, NOON)
    assert (admission.admitted_by, admission.discharged_at) == (admin, None)
    assert (admission.reason, admission.responsible_doctor) == ("Fall at home", doctor)
    stay = stay_of(admission)
    assert (stay.bed, stay.started_at, stay.started_by) == (bed, NOON, admin)
    held = admission.device_assignments.open().get()
    assert (held.device, held.started_at, held.started_by) == (device, NOON, admin)


def test_an_admission_may_be_without_monitor_reason_and_doctor(admin, bed):
    admission = admitted(by=admin, bed=bed)

    assert not admission.device_assignments.exists()


def test_an_admission_is_written_down(admin, bed):
    admission = admitted(by=admin, bed=bed)

    event = AuditEvent.objects.get(kind="admission.opened")
    assert (event.actor, event.subject) == (admin, f"admission:{admission.pk}")
    assert event.detail["bed"] == bed.pk
    assert event.detail["device"] is None


@time_machine.travel(NOON, tick=False)
def test_a_late_entry_starts_stay_and_bed_in_the_past_but_the_monitor_now(admin, bed):
    earlier = NOON - timedelta(hours=3)

    admission = admitted(by=admin, bed=bed, device=DeviceFactory(), at=earlier)

    assert admission.admitted_at == stay_of(admission).started_at == earlier
    assert admission.device_assignments.get().started_at == NOON


def test_a_taken_bed_is_refused(admin, bed):
    admit(bed=bed)

    refused = refusal(admitted, by=admin, bed=bed)

    assert refused.message == "Bed N07 was taken a moment ago. Choose another bed."
    assert refused.field == "bed"
    assert Admission.objects.count() == 1


def test_a_closed_bed_is_refused(admin, bed):
    Bed.objects.update(in_use=False)

    refused = refusal(admitted, by=admin, bed=bed)

    assert refused.message == "Bed N07 is closed at the moment. Choose another bed."
    assert refused.field == "bed"


def test_a_bed_that_was_removed_is_refused(admin, bed):
    Bed.objects.filter(pk=bed.pk).delete()

    refused = refusal(admitted, by=admin, bed=bed)

    assert refused.message == "Bed N07 no longer exists."


def test_a_patient_who_is_here_is_refused_and_the_place_is_said(admin, ward, bed):
    there = admit(
        bed=BedFactory(ward=ward, label="N02"), family_name="Hale", given_name="Ivy"
    )

    refused = refusal(admitted, by=admin, bed=bed, patient=there.patient)

    assert refused.message == "Hale, Ivy is already admitted, in bed N02 on North."
    assert refused.field == "patient"


def test_a_patient_may_come_back_after_discharge(admin, bed):
    first = admitted(by=admin, bed=bed)
    discharge_patient(admission=first, by=admin)

    second = admitted(by=admin, bed=bed, patient=first.patient)

    assert first.patient.admissions.open().get() == second


@time_machine.travel(NOON, tick=False)
def test_a_late_entry_may_not_reach_into_an_earlier_stay_of_the_patient(admin, bed):
    before = AdmissionFactory(
        discharged=True,
        admitted_at=NOON - timedelta(days=1),
        discharged_at=NOON - timedelta(hours=1),
        patient__family_name="Hale",
        patient__given_name="Ivy",
    )

    refused = refusal(
        admitted,
        by=admin,
        bed=bed,
        patient=before.patient,
        at=NOON - timedelta(hours=2),
    )

    assert refused.message == (
        "Hale, Ivy was still admitted at that time, until 20 Nov 11:00:00."
    )
    assert refused.field == "at"


@time_machine.travel(NOON, tick=False)
def test_a_late_entry_may_not_reach_into_another_patients_time_in_the_bed(admin, bed):
    ended = admit(bed=bed, since=NOON - timedelta(hours=5))
    discharge_patient(admission=ended, by=admin, at=NOON - timedelta(hours=1))

    refused = refusal(admitted, by=admin, bed=bed, at=NOON - timedelta(hours=2))

    assert refused.message == "Somebody was in that bed at that time."
    assert refused.field == "bed"


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("off_by", "sentence"),
    [
        (timedelta(seconds=1), "That time is still to come."),
        (timedelta(days=-32), "That is more than 31 days ago. Check the date."),
    ],
)
def test_a_time_that_cannot_be_is_refused(admin, bed, off_by, sentence):
    refused = refusal(admitted, by=admin, bed=bed, at=NOON + off_by)

    assert (refused.message, refused.field) == (sentence, "at")


@pytest.mark.parametrize("status", [Device.Status.MAINTENANCE, Device.Status.RETIRED])
def test_a_monitor_out_of_service_is_refused(admin, bed, status):
    device = DeviceFactory(serial="SIM-9", status=status)

    refused = refusal(admitted, by=admin, bed=bed, device=device)

    assert refused.message == (
        f"Monitor SIM-9 is not in service: {status.label.lower()}. "
        "Choose another monitor."
    )
    assert refused.field == "device"
    assert not Admission.objects.exists()


def test_the_monitors_state_is_read_afresh(admin, bed):
    device = DeviceFactory()
    Device.objects.update(status=Device.Status.RETIRED)

    refused = refusal(admitted, by=admin, bed=bed, device=device)

    assert refused.field == "device"


def test_a_monitor_with_another_patient_is_refused_and_the_bed_is_said(admin, bed):
    other = WardFactory(name="South")
    device = DeviceFactory(serial="SIM-9")
    admit(bed=BedFactory(ward=other, label="S03"), device=device)

    refused = refusal(admitted, by=admin, bed=bed, device=device)

    assert refused.message == (
        "Monitor SIM-9 is with another patient, in bed S03 on South. "
        "Choose another monitor."
    )
    assert Admission.objects.count() == 1


def test_one_form_makes_one_stay(admin, ward, bed):
    number = "6f1c1a3e-6a1f-4e0e-9a52-2d6a4a1b8a11"
    admitted(by=admin, bed=bed, submission=number)

    refused = refusal(admitted, by=admin, bed=BedFactory(ward=ward), submission=number)

    assert refused.message == "This form has been sent already."
    assert Admission.objects.count() == 1


# -- transfer ------------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_a_transfer_changes_the_bed_at_one_instant_and_keeps_the_monitor(admin, bed):
    admission = admit()
    old = stay_of(admission)

    transfer_patient(admission=admission, bed=bed, by=admin)

    old.refresh_from_db()
    new = stay_of(admission)
    assert (old.ended_at, old.ended_by) == (NOON, admin)
    assert (new.bed, new.started_at, new.started_by) == (bed, NOON, admin)
    assert admission.device_assignments.open().count() == 1
    event = AuditEvent.objects.get(kind="admission.transferred")
    assert (event.detail["from_bed"], event.detail["to_bed"]) == (old.bed_id, bed.pk)


@time_machine.travel(NOON, tick=False)
def test_a_transfer_may_be_entered_late(admin, bed):
    admission = admit(since=NOON - timedelta(hours=5))
    earlier = NOON - timedelta(hours=1)

    transfer_patient(admission=admission, bed=bed, by=admin, at=earlier)

    assert stay_of(admission).started_at == earlier


def test_a_transfer_to_a_taken_bed_is_refused(admin, bed):
    admit(bed=bed)
    admission = admit()

    refused = refusal(transfer_patient, admission=admission, bed=bed, by=admin)

    assert refused.message == "Bed N07 was taken a moment ago. Choose another bed."
    assert stay_of(admission).bed != bed


def test_a_transfer_to_the_same_bed_is_refused(admin, bed):
    admission = admit(bed=bed, family_name="Hale", given_name="Ivy")

    refused = refusal(transfer_patient, admission=admission, bed=bed, by=admin)

    assert refused.message == "Hale, Ivy is in bed N07 already."


def test_a_transfer_to_a_closed_bed_is_refused(admin, ward):
    closed = BedFactory(ward=ward, label="N09", in_use=False)

    refused = refusal(transfer_patient, admission=admit(), bed=closed, by=admin)

    assert refused.message == "Bed N09 is closed at the moment. Choose another bed."


@time_machine.travel(NOON, tick=False)
def test_a_transfer_before_the_patient_came_to_the_bed_is_refused(admin, bed):
    admission = admit(bed=BedFactory(label="N01"), since=NOON - timedelta(hours=1))

    refused = refusal(
        transfer_patient,
        admission=admission,
        bed=bed,
        by=admin,
        at=NOON - timedelta(hours=2),
    )

    assert refused.message == "The patient came to bed N01 only at 20 Nov 11:00:00."
    assert refused.field == "at"


@time_machine.travel(NOON, tick=False)
def test_a_late_transfer_may_not_reach_into_anothers_time_in_the_bed(admin, bed):
    gone = admit(bed=bed, since=NOON - timedelta(hours=5))
    discharge_patient(admission=gone, by=admin, at=NOON - timedelta(hours=1))
    admission = admit(since=NOON - timedelta(hours=5))

    refused = refusal(
        transfer_patient,
        admission=admission,
        bed=bed,
        by=admin,
        at=NOON - timedelta(hours=2),
    )

    assert refused.message == "Somebody was in that bed at that time."


# -- monitor -------------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_a_monitor_is_swapped_at_one_instant(nurse, ward):
    admission, device = admit(ward=ward), DeviceFactory()
    old = admission.device_assignments.get()

    swap_device(admission=admission, device=device, by=nurse)

    old.refresh_from_db()
    new = admission.device_assignments.open().get()
    assert (old.ended_at, old.ended_by) == (NOON, nurse)
    assert (new.device, new.started_at, new.started_by) == (device, NOON, nurse)
    event = AuditEvent.objects.get(kind="admission.device_changed")
    assert event.detail == {"from_device": old.device_id, "to_device": device.pk}


def test_a_monitor_is_taken_away_and_given_again(doctor, ward):
    admission = admit(ward=ward)
    device = admission.device_assignments.get().device

    assert swap_device(admission=admission, device=None, by=doctor) is None
    assert not admission.device_assignments.open().exists()

    swap_device(admission=admission, device=device, by=doctor)
    assert admission.device_assignments.open().get().device == device
    assert admission.device_assignments.count() == 2


def test_the_same_monitor_again_is_refused(admin, ward):
    device = DeviceFactory(serial="SIM-9")
    admission = admit(ward=ward, device=device, family_name="Hale", given_name="Ivy")

    refused = refusal(swap_device, admission=admission, device=device, by=admin)

    assert refused.message == "Hale, Ivy has monitor SIM-9 already."
    assert admission.device_assignments.count() == 1


def test_taking_away_no_monitor_is_refused(admin, ward):
    admission = admit(ward=ward, family_name="Hale", given_name="Ivy")
    swap_device(admission=admission, device=None, by=admin)

    refused = refusal(swap_device, admission=admission, device=None, by=admin)

    assert refused.message == "Hale, Ivy is without a monitor already."


def test_a_nurse_learns_the_bed_of_a_monitor_only_on_a_ward_of_hers(nurse, ward):
    elsewhere = admit(bed=BedFactory(ward=WardFactory(name="South"), label="S03"))
    here = admit(bed=BedFactory(ward=ward, label="N02"))
    mine = admit(ward=ward)

    def sentence(other):
        device = other.device_assignments.get().device
        return refusal(swap_device, admission=mine, device=device, by=nurse).message

    assert "is with another patient. Choose" in sentence(elsewhere)
    assert "S03" not in sentence(elsewhere)
    assert "in bed N02 on North" in sentence(here)
    assert mine.device_assignments.open().count() == 1


# -- discharge -----------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_a_discharge_frees_bed_and_monitor(admin, bed):
    admission = admit(bed=bed)
    device = admission.device_assignments.get().device

    discharge_patient(admission=admission, by=admin)

    admission.refresh_from_db()
    assert (admission.discharged_at, admission.discharged_by) == (NOON, admin)
    assert not BedStay.objects.open().exists()
    assert not DeviceAssignment.objects.open().exists()
    assert bed in Bed.objects.free()
    assert device in Device.objects.free()
    event = AuditEvent.objects.get(kind="admission.closed")
    assert (event.detail["bed"], event.detail["device"]) == (bed.pk, device.pk)


@time_machine.travel(NOON, tick=False)
def test_a_late_discharge_ends_the_stay_then_but_lets_the_monitor_go_now(admin):
    admission = admit(since=NOON - timedelta(hours=5))
    earlier = NOON - timedelta(hours=1)

    discharge_patient(admission=admission, by=admin, at=earlier)

    assert admission.bed_stays.get().ended_at == earlier
    assert admission.device_assignments.get().ended_at == NOON


def test_a_patient_without_monitor_is_discharged(admin, bed):
    admission = admitted(by=admin, bed=bed)

    discharge_patient(admission=admission, by=admin)

    assert bed in Bed.objects.free()


@time_machine.travel(NOON, tick=False)
def test_a_discharge_before_the_patient_came_is_refused(admin):
    admission = admit(since=NOON - timedelta(hours=1))

    refused = refusal(
        discharge_patient, admission=admission, by=admin, at=NOON - timedelta(hours=2)
    )

    assert refused.field == "at"
    assert Admission.objects.open().get() == admission


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        (transfer_patient, lambda: {"bed": BedFactory()}),
        (swap_device, lambda: {"device": DeviceFactory()}),
        (discharge_patient, dict),
    ],
)
def test_nothing_more_happens_to_a_stay_that_has_ended(admin, action, arguments):
    admission = admit(family_name="Hale", given_name="Ivy")
    discharge_patient(admission=admission, by=admin)

    refused = refusal(action, admission=admission, by=admin, **arguments())

    assert refused.message == (
        "Hale, Ivy has been discharged already. The stay has ended."
    )


# -- who may not ---------------------------------------------------------------


@pytest.fixture
def outsider(request, nurse, doctor, stranger):
    """Everyone who does not run the desk, by role."""
    people = {
        "nurse": nurse,
        "doctor": doctor,
        "stranger": stranger,
        "superuser": UserFactory(superuser=True),
    }
    return people[request.param]


@pytest.mark.parametrize(
    "outsider", ["nurse", "doctor", "stranger", "superuser"], indirect=True
)
def test_only_the_desk_admits_transfers_and_discharges(outsider, ward, bed):
    admission = admit(ward=ward)

    with pytest.raises(NotPermitted):
        admitted(by=outsider, bed=bed)
    with pytest.raises(NotPermitted):
        transfer_patient(admission=admission, bed=bed, by=outsider)
    with pytest.raises(NotPermitted):
        discharge_patient(admission=admission, by=outsider)

    assert Admission.objects.open().get() == admission
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("outsider", ["stranger", "superuser"], indirect=True)
def test_the_monitor_is_changed_by_the_desk_and_the_ward_only(outsider, ward):
    admission = admit(ward=ward)

    with pytest.raises(NotPermitted):
        swap_device(admission=admission, device=None, by=outsider)

    assert admission.device_assignments.open().exists()


def test_a_nurse_whose_patient_was_discharged_is_refused(admin, nurse, ward):
    admission = admit(ward=ward)
    discharge_patient(admission=admission, by=admin)

    with pytest.raises(NotPermitted):
        swap_device(admission=admission, device=None, by=nurse)


# -- notices -------------------------------------------------------------------


@pytest.fixture
def told(monkeypatch):
    """The wards whose screens were told, in order."""
    wards = []
    monkeypatch.setattr("wards.admissions.actions.publish_ward_changed", wards.append)
    return wards


def test_the_wards_concerned_are_told_after_commit(
    admin, ward, bed, told, django_capture_on_commit_callbacks
):
    other = BedFactory(ward=WardFactory())
    steps = [
        lambda: admitted(by=admin, bed=bed),
        lambda: swap_device(
            admission=Admission.objects.get(), device=DeviceFactory(), by=admin
        ),
        lambda: transfer_patient(
            admission=Admission.objects.get(), bed=other, by=admin
        ),
        lambda: discharge_patient(admission=Admission.objects.get(), by=admin),
    ]
    expected = [[ward.pk], [ward.pk], [ward.pk, other.ward_id], [other.ward_id]]

    for step, wards in zip(steps, expected, strict=True):
        told.clear()
        with django_capture_on_commit_callbacks(execute=True):
            step()
            assert told == []
        assert sorted(told) == sorted(wards)


class LostLayer:
    """A channel layer whose server is gone, with an error of its own kind."""

    class Gone(Exception):
        pass

    async def group_send(self, group, message):
        raise self.Gone


@pytest.mark.django_db(transaction=True)
def test_a_lost_channel_layer_does_not_undo_an_admission(
    admin, bed, monkeypatch, caplog
):
    monkeypatch.setattr("wards.events.get_channel_layer", LostLayer)

    admitted(by=admin, bed=bed)

    assert Admission.objects.open().exists()
    assert "channel layer lost" in caplog.text
