"""What was wanted beside what was measured, in the same run."""
from __future__ import annotations

_rows: list[tuple[str, float, float, str, bool]] = []


def score(what: str, value: float, target: float, unit: str = "", at_most: bool = False) -> None:
    """Notes a figure and says whether it is what was wanted: `target` or more, or at most that."""
    _rows.append((what, value, target, unit, at_most))
    print("  " + _line(*_rows[-1]), flush=True)


def print_all() -> None:
    print("\nTargets")
    for row in _rows:
        print(_line(*row))


def _line(what: str, value: float, target: float, unit: str, at_most: bool) -> str:
    met = value <= target if at_most else value >= target
    return f"{what:58} {value:8.2f} {unit:4} {'at most ' if at_most else 'at least'} {target:6g}   {'met' if met else 'MISSED'}"
