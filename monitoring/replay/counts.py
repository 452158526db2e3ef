"""What a replay has done so far, and how it is told."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from monitoring.replay.recordings import Row
from monitoring.replay.wire import Answer
from monitoring.vitals import VITAL_NAMES, VitalName


@dataclass(slots=True)
class Counts:
    """Rows, readings and values of one replay.

    ``rows`` were read so far; ``empty`` of them hold no vital and are not posted.
    ``sent`` readings were answered by the server, in ``posts`` requests; ``retries``
    are repetitions beside those. ``stored`` and ``duplicates`` are the server's own
    numbers; ``rejected`` counts its refusals by field and code, and ``sentences``
    keeps the first words it gave for each. ``values`` and ``off`` count what was
    sent of each vital: numbers, and "no value". ``seconds`` is how long it took.
    """

    rows: int = 0
    empty: int = 0
    sent: int = 0
    posts: int = 0
    retries: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: Counter[tuple[str, str]] = field(default_factory=Counter)
    sentences: dict[tuple[str, str], str] = field(default_factory=dict)
    values: Counter[VitalName] = field(default_factory=Counter)
    off: Counter[VitalName] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def taken(self) -> int:
        """How many readings the server has now, from this replay or before it."""
        return self.stored + self.duplicates

    def add(self, rows: Sequence[Row], answer: Answer) -> None:
        """Count one answered post of these rows."""
        self.posts += 1
        self.sent += len(rows)
        self.stored += answer.stored
        self.duplicates += answer.duplicates
        for rejection in answer.rejected:
            kind = (rejection.field, rejection.code)
            self.rejected[kind] += 1
            self.sentences.setdefault(kind, rejection.message)
        for row in rows:
            for vital, value in row.values.items():
                (self.off if value is None else self.values)[vital] += 1

    def lines(self) -> Iterator[str]:
        """Yield the counts as lines for a person."""
        yield (
            f"{self.rows} rows read ({self.empty} without a vital), {self.sent} "
            f"readings sent in {self.posts} posts, {self.retries} repeated, "
            f"in {duration(self.seconds)}"
        )
        yield (
            f"{self.stored} stored, {self.duplicates} duplicates, "
            f"{self.rejected.total()} rejected"
        )
        for (name, code), count in sorted(self.rejected.items()):
            yield f"  rejected {name} {code}: {count} ({self.sentences[name, code]})"
        for vital in VITAL_NAMES:
            if self.values[vital] or self.off[vital]:
                off = f", {self.off[vital]} without value" if self.off[vital] else ""
                yield f"  {vital}: {self.values[vital]} values sent{off}"


def duration(seconds: float) -> str:
    """Return a length of time in the two units that matter.

    >>> duration(3725), duration(59.2), duration(0.25)
    ('1 h 02 min', '59.2 s', '0.2 s')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min"
