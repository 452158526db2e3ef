from tests.factories import admit


def test_a_monitored_patient_can_be_made(db):
    assert admit().bed_stays.get().bed.label
