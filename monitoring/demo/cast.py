"""Who and what there is in the demo hospital. Everybody here is plainly invented.

Family names mean "example" or "sample" in some language, numbers begin with DEMO,
addresses end in ``.invalid``. Names are as long, short and accented as real ones,
because screens must cope with them.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from hospital.accounts.models import User
from monitoring.simulator.device import CUFF_EVERY
from wards.devices.models import Device
from wards.patients.models import Patient


class Person(NamedTuple):
    """A member of staff and the wards (slugs) they work on."""

    email: str
    full_name: str
    role: User.Role
    wards: tuple[str, ...] = ()


DESK: Final = "admin@demo.invalid"
"""Who is said to have registered and admitted everybody."""

STAFF: Final = (
    Person("nurse@demo.invalid", "Nora Demo", User.Role.NURSE, ("north", "south")),
    Person("doctor@demo.invalid", "Daniel Demo", User.Role.DOCTOR, ("north", "south")),
    Person(DESK, "Alma Demo", User.Role.ADMIN),
    Person("nurse.east@demo.invalid", "Nils Demo", User.Role.NURSE, ("east",)),
    Person("doctor.east@demo.invalid", "Dora Demo", User.Role.DOCTOR, ("east",)),
)


class WardPlan(NamedTuple):
    """A ward: rooms with how many beds each, how many are taken, and its monitors.

    Bed labels are the name's first letter and a number. ``interval`` is how often
    the monitors post, in seconds.
    """

    slug: str
    name: str
    rooms: tuple[tuple[str, int], ...]
    occupied: int
    interval: float
    model: str
    kind: Device.Kind = Device.Kind.BEDSIDE


WARDS: Final = (
    WardPlan(
        "north",
        "North",
        (
            ("Bay 1", 4),
            ("Bay 2", 4),
            ("Bay 3", 4),
            ("Side room 1", 1),
            ("Side room 2", 1),
            ("Side room 3", 2),
        ),
        occupied=14,
        interval=2.0,
        model="Specimen Bedside 500",
    ),
    WardPlan(
        "south",
        "South",
        (("Bay 1", 6), ("Bay 2", 6), ("Side room 1", 1), ("Side room 2", 1)),
        occupied=12,
        interval=5.0,
        model="Specimen Bedside 300",
    ),
    WardPlan(
        "east",
        "East",
        (("Bay 1", 4), ("Bay 2", 4), ("Side room 1", 2)),
        occupied=9,
        interval=10.0,
        model="Specimen Patch 2",
        kind=Device.Kind.WEARABLE,
    ),
)

CLOSED_BEDS: Final = frozenset({"N16"})
UNMONITORED_BEDS: Final = frozenset({"N14"})

MOVED_FROM: Final = {"N03": "E10", "S02": "N15"}
"""Who lies in the first of two beds was moved there from the second, now free."""

LEAVERS_BED: Final = "N15"
"""Where those lay who have gone home."""

PROFILES: Final = {
    "N02": "deteriorating",
    "N04": "artefact",
    "N05": "sensor_off",
    "N06": "silent",
    "N07": "late",
    "N08": "clock_ahead",
    "N09": "clock_behind",
    "N10": "sparse",
    "S04": "deteriorating",
    "S07": "sensor_off",
    "S09": "artefact",
    "E05": "late",
    "E08": "silent",
}
"""How the simulated monitor of a bed behaves; those not named are stable."""

SIMULATED: Final = "SIM-"
"""What serials of simulated monitors begin with; the label of the bed follows."""

SPARSE_INTERVAL: Final = 60.0
"""Seconds between the posts of a monitor with profile ``sparse``."""

EPISODIC_INTERVAL: Final = CUFF_EVERY
"""Seconds between cuff measurements: what the simulated monitors really do."""


def profile_of(serial: str) -> str:
    """Return how the simulated monitor with this serial behaves."""
    return PROFILES.get(serial.removeprefix(SIMULATED), "stable")


GATEWAY: Final = "East corridor gateway"
GATEWAY_WARD: Final = "east"
"""The ward whose monitors post through the gateway and have no keys of their own."""


class Spare(NamedTuple):
    """A monitor that no patient has."""

    serial: str
    model: str
    kind: Device.Kind = Device.Kind.BEDSIDE
    status: Device.Status = Device.Status.IN_SERVICE


SPARES: Final = (
    Spare("SPARE-01", "Specimen Bedside 500"),
    Spare("SPARE-02", "Specimen Bedside 500"),
    Spare("SPARE-03", "Specimen Bedside 300"),
    Spare("SPARE-04", "Specimen Patch 2", Device.Kind.WEARABLE),
    Spare("SPARE-05", "Specimen Spot 1", Device.Kind.SPOT_CHECK),
    Spare("SPARE-06", "Specimen Bedside 300", status=Device.Status.MAINTENANCE),
    Spare("OLD-01", "Specimen Bedside 100", status=Device.Status.RETIRED),
)


@dataclass(frozen=True, slots=True)
class Invented:
    """A patient. ``age`` is in whole years; ``allergies`` empty: nobody has asked."""

    given_name: str
    family_name: str
    age: int
    sex: Patient.Sex
    allergies: str = ""
    reason: str = ""


F, M = Patient.Sex.FEMALE, Patient.Sex.MALE
_NONE: Final = "none known"

PATIENTS: Final = (
    # North
    Invented("Ada", "Example", 67, F, _NONE, "Community-acquired pneumonia"),
    Invented("Bruno", "Beispiel", 74, M, "Penicillin: rash", "Fever, cause sought"),
    Invented("Carmen", "Muestra", 45, F, _NONE, "After appendicectomy"),
    Invented("Dmitri", "Obrazets", 58, M, "", "Chest pain, observation"),
    Invented("Élodie", "Exemple", 33, F, "Latex: contact dermatitis", "Asthma"),
    Invented("Federico", "Esempio", 81, M, _NONE, "Heart failure"),
    Invented("Gunilla", "Exempel", 72, F, "Ibuprofen: wheeze", "Exacerbation of COPD"),
    Invented("Hasan", "Örnek", 49, M, _NONE, "Cellulitis of the leg"),
    Invented("Ingrid", "Eksempel", 86, F, "", "Fall, hip fracture repaired"),
    Invented("Jakub", "Przykład", 63, M, "Codeine: vomiting", "Upper GI bleed"),
    Invented("Katerina", "Paradigma", 55, F, _NONE, "Pyelonephritis"),
    Invented("Liam", "Sampleton", 29, M, _NONE, "Spontaneous pneumothorax"),
    Invented(
        "Wilhelmina-Alexandra",
        "Featherstonehaugh-Specimen",
        91,
        F,
        "Penicillin: anaphylaxis. Trimethoprim: rash. Plasters: blisters.",
        "Delirium, urinary infection",
    ),
    Invented("Mo", "Li-Demo", 38, Patient.Sex.OTHER, "", "Awaiting discharge"),
    # South
    Invented("Nadia", "Namuna", 51, F, _NONE, "After cholecystectomy"),
    Invented("Otto", "Muster", 69, M, _NONE, "After bowel resection"),
    Invented("Priya", "Udaharan", 42, F, "Morphine: itching", "After thyroidectomy"),
    Invented("Quentin", "Placeholder", 77, M, "", "Sepsis, source sought"),
    Invented("Rosa", "Modelo", 60, F, _NONE, "After hysterectomy"),
    Invented("Sven", "Provfall", 54, M, "Cefuroxime: rash", "Pancreatitis"),
    Invented("Tereza", "Příklad", 36, F, _NONE, "After hernia repair"),
    Invented("Umberto", "Campione", 83, M, _NONE, "Bowel obstruction"),
    Invented("Vera", "Voorbeeld", 47, F, "", "Wound infection"),
    Invented("William", "Testcase", 65, M, _NONE, "After nephrectomy"),
    Invented("Xenia", "Mostră", 71, F, "Aspirin: bleeding", "Diverticulitis"),
    Invented("Yusuf", "Misal", 18, M, _NONE, "After appendicectomy"),
    # East
    Invented("Zofia", "Wzór", 88, F, _NONE, "Rehabilitation after stroke"),
    Invented("Amina", "Mfano", 79, F, "Nitrofurantoin: nausea", "Rehabilitation"),
    Invented("Björn", "Dæmi", 84, M, "", "Rehabilitation after hip repair"),
    Invented("Chidi", "Mockup", 62, M, _NONE, "Parkinson's disease, falls"),
    Invented("Daphne", "Dummyfield", 90, F, _NONE, "Frailty, awaiting placement"),
    Invented("Emre", "Standin", 57, M, "Peanut: anaphylaxis", "Diabetic foot"),
    Invented("Fiona", "Nonesuch", 76, F, _NONE, "Heart failure, titration"),
    Invented("Giorgos", "Deigma", 68, M, "", "After knee replacement"),
    Invented("Hanna", "Esimerkki", 82, F, _NONE, "Rehabilitation after fall"),
)
"""Those in bed, in the order of the beds."""

GONE_HOME: Final = (
    Invented("Ivo", "Formerly", 59, M, _NONE, "Chest infection"),
    Invented("Jelena", "Pastcase", 44, F, "", "Observation after syncope"),
    Invented("Kwame", "Discharged-Demo", 70, M, _NONE, "Atrial fibrillation"),
)
"""Those whose stay has ended, one after the other."""

NOT_ADMITTED: Final = (
    Invented("Lucia", "Waitinglist", 52, F),
    Invented("Marek", "Outpatient", 39, M, _NONE),
    Invented("Nela", "Registered", 27, F),
)
"""Those the register knows and who are not here: to be admitted by whoever tries."""
