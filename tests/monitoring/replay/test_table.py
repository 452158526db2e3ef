"""Tables of unknown make, by a mapping of columns."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.replay import formats
from monitoring.replay.formats.table import Layout, parse_columns
from monitoring.replay.recordings import BadRecording, Row
from monitoring.vitals import VITAL_NAMES


def _read(folder: Path, text: str, **options):
    file = folder / "table.csv"
    file.write_text(text, encoding=options.pop("encoding", "utf-8"))
    columns = options.pop("columns", "time=t,heart_rate=HR,spo2=Sat")
    return formats.read(file, table_as=parse_columns(columns, **options))


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(
    rows=st.lists(
        st.tuples(
            st.floats(0, 1e9),
            st.dictionaries(st.sampled_from(VITAL_NAMES), st.none() | numbers),
        ),
        min_size=1,
    ),
    delimiter=st.sampled_from(",;\t|"),
)
def test_what_is_written_comes_back(tmp_path_factory, rows, delimiter):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["t [s]", *VITAL_NAMES])
    for offset, values in rows:
        cells = [
            "---" if values.get(n, 0) is None else values.get(n, "")
            for n in VITAL_NAMES
        ]
        writer.writerow([repr(offset), *cells])
    file = tmp_path_factory.mktemp("table") / "t.csv"
    file.write_text(text.getvalue())

    layout = Layout("t [s]", {name: name for name in VITAL_NAMES})
    read = formats.read(file, table_as=layout)

    assert read.rows == sorted((Row(*row) for row in rows), key=lambda row: row[0])


@pytest.mark.parametrize(
    ("first", "second", "unit"),
    [
        ("0", "90", "s"),
        ("0", "1.5", "min"),
        ("5", "5.025", "h"),
        ("1000", "91000", "ms"),
        ("00:00", "00:01:30", "s"),
        ("2026-11-20T10:00:00Z", "2026-11-20T11:01:30+01:00", "s"),
        ("2026-11-20 10:00:00", "2026-11-20 10:01:30", "s"),
    ],
)
def test_times_in_any_writing_are_as_far_apart(tmp_path, first, second, unit):
    read = _read(tmp_path, f"t,HR,Sat\n{second},61,96\n{first},60,97\n", time_unit=unit)

    assert read.seconds == pytest.approx(90)
    assert [row.values["heart_rate"] for row in read.rows] == [60, 61]


def test_no_value_and_not_measured_differ(tmp_path):
    read = _read(tmp_path, "t,HR,Sat\n0,,---\n1,NaN,97\n2,-?-,N/A\n\n")

    assert [row.values for row in read.rows] == [
        {"spo2": None},
        {"spo2": 97},
        {"heart_rate": None},
    ]


def test_values_beyond_all_bounds_are_kept_for_the_server_to_judge(tmp_path):
    read = _read(tmp_path, "t,HR,Sat\n0,999.5,-1\n")

    assert read.rows[0].values == {"heart_rate": 999.5, "spo2": -1}


def test_a_spreadsheets_encodings_are_read(tmp_path):
    text = "t;Temp °C\n0;36.8\n"
    for encoding in ("utf-8", "utf-8-sig", "cp1252"):
        read = _read(
            tmp_path, text, columns="time=t,temperature=Temp °C", encoding=encoding
        )
        assert read.rows == [Row(0, {"temperature": 36.8})]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ("heart_rate=HR", "needs time="),
        ("time=t", "at least one vital"),
        ("time=t,pulse=HR", "no vital is named 'pulse'"),
        ("time=t,heart_rate", "not of the form"),
        ("time=t,spo2=a,spo2=b", "given twice"),
    ],
)
def test_a_wrong_mapping_is_refused(columns, sentence):
    with pytest.raises(BadRecording, match=sentence):
        parse_columns(columns)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("t,HR\n0,1\n", "no column 'Sat'"),
        ("t,HR,Sat\nsoon,1,1\n", "'soon' is neither"),
        ("t,HR,Sat\n0,1\n", "2 cells, not 3"),
        ("t,HR,Sat\n0,1,high\n", "'high' is not a number"),
        ("t\n0\n", "--delimiter"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path, text, sentence):
    with pytest.raises(BadRecording, match=sentence):
        _read(tmp_path, text)


def test_a_table_needs_its_columns_said_and_other_formats_have_their_own(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("t,HR\n0,1\n")

    with pytest.raises(BadRecording, match="--columns"):
        formats.read(file, "csv")
    with pytest.raises(BadRecording, match="has its own"):
        formats.read(file, "bidmc", table_as=parse_columns("time=t,spo2=x"))
    with pytest.raises(BadRecording, match="no time unit"):
        parse_columns("time=t,spo2=x", time_unit="weeks")
