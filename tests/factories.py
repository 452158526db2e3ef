"""Test data, made in one place. Every person here is invented."""

from datetime import UTC, date, datetime, timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from hospital.accounts.models import User
from wards.admissions.models import Admission, BedStay, DeviceAssignment
from wards.devices.keys import digest_of, hint_of, new_key
from wards.devices.models import Device, DeviceKey, Gateway
from wards.patients.models import Patient
from wards.places.models import Bed, Room, Ward, WardMembership

PASSWORD = "correct horse battery staple"


class UserFactory(DjangoModelFactory):
    """A member of staff who can sign in at once, a nurse unless told otherwise."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        admin = factory.Trait(role=User.Role.ADMIN)
        doctor = factory.Trait(role=User.Role.DOCTOR)
        superuser = factory.Trait(role="", is_staff=True, is_superuser=True)

    email = factory.Sequence(lambda n: f"person{n}@hospital.invalid")
    full_name = factory.Sequence(lambda n: f"Person {n}")
    role = User.Role.NURSE

    @factory.post_generation
    def password(self, create, extracted, **kwargs):
        """Scrypt is slow on purpose, so only tests that sign in ask for a password."""
        if extracted:
            self.set_password(extracted)
            self.save(update_fields=["password"])
        if create:
            from allauth.account.models import EmailAddress

            EmailAddress.objects.create(
                user=self, email=self.email, primary=True, verified=True
            )


class WardFactory(DjangoModelFactory):
    class Meta:
        model = Ward

    name = factory.Sequence(lambda n: f"Ward {n}")
    slug = factory.Sequence(lambda n: f"ward-{n}")


class RoomFactory(DjangoModelFactory):
    class Meta:
        model = Room

    ward = factory.SubFactory(WardFactory)
    name = factory.Sequence(lambda n: f"Room {n}")


class BedFactory(DjangoModelFactory):
    class Meta:
        model = Bed

    ward = factory.SubFactory(WardFactory)
    room = factory.SubFactory(RoomFactory, ward=factory.SelfAttribute("..ward"))
    label = factory.Sequence(lambda n: f"B{n:03}")


class WardMembershipFactory(DjangoModelFactory):
    """Somebody works on a ward, since yesterday; a nurse unless told otherwise."""

    class Meta:
        model = WardMembership

    user = factory.SubFactory(UserFactory)
    ward = factory.SubFactory(WardFactory)
    starts_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=1))


class PatientFactory(DjangoModelFactory):
    class Meta:
        model = Patient

    hospital_number = factory.Sequence(lambda n: f"H{n:06}")
    given_name = factory.Sequence(lambda n: f"Given{n}")
    family_name = factory.Sequence(lambda n: f"Family{n}")
    birth_date = date(1950, 6, 15)
    sex = Patient.Sex.FEMALE
    registered_by = factory.SubFactory(UserFactory, admin=True)


class DeviceFactory(DjangoModelFactory):
    class Meta:
        model = Device

    serial = factory.Sequence(lambda n: f"SN-{n:05}")
    model = "Example Monitor 5"
    expected_interval = 1.0


class GatewayFactory(DjangoModelFactory):
    class Meta:
        model = Gateway
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Gateway {n}")


class AdmissionFactory(DjangoModelFactory):
    """An open stay with no bed and no device yet; see ``admit``."""

    class Meta:
        model = Admission

    class Params:
        discharged = factory.Trait(
            discharged_at=factory.LazyFunction(timezone.now),
            discharged_by=factory.SubFactory(UserFactory, admin=True),
        )

    patient = factory.SubFactory(PatientFactory)
    admitted_at = factory.LazyFunction(lambda: timezone.now() - timedelta(hours=2))
    admitted_by = factory.SubFactory(UserFactory, admin=True)


class BedStayFactory(DjangoModelFactory):
    class Meta:
        model = BedStay

    admission = factory.SubFactory(AdmissionFactory)
    bed = factory.SubFactory(BedFactory)
    started_at = factory.SelfAttribute("admission.admitted_at")
    started_by = factory.SelfAttribute("admission.admitted_by")


class DeviceAssignmentFactory(DjangoModelFactory):
    class Meta:
        model = DeviceAssignment

    admission = factory.SubFactory(AdmissionFactory)
    device = factory.SubFactory(DeviceFactory)
    started_at = factory.SelfAttribute("admission.admitted_at")
    started_by = factory.SelfAttribute("admission.admitted_by")


def admit(*, bed=None, device=None, ward=None, since=None, **patient):
    """Return an open admission lying in ``bed`` and monitored by ``device``.

    Pass ``ward`` to have a new bed there; both bed and device are made when not
    given. ``since`` is an aware instant, two hours ago unless given. Further
    keywords describe the patient.
    """
    since = since or timezone.now() - timedelta(hours=2)
    admission = AdmissionFactory(patient=PatientFactory(**patient), admitted_at=since)
    BedStayFactory(
        admission=admission, bed=bed or BedFactory(ward=ward or WardFactory())
    )
    DeviceAssignmentFactory(admission=admission, device=device or DeviceFactory())
    return admission


def issue_key(owner, **fields) -> str:
    """Return a working key of a device or gateway, as the device itself holds it."""
    key = new_key()
    field = "device" if isinstance(owner, Device) else "gateway"
    DeviceKey.objects.create(
        **{field: owner}, digest=digest_of(key), hint=hint_of(key), **fields
    )
    return key


def utc(text: str) -> datetime:
    """Return the aware instant written as ``2026-11-20 10:00`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
