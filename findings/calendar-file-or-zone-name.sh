#!/usr/bin/env bash
# icalendar 7.3.2, recurring-ical-events 3.8.2 and vobject 0.9.9 with tzdata 2026.6 (all from PyPI).
#
# A calendar file brings its own definition of each zone it uses (VTIMEZONE). Written before the clocks of Vancouver stopped being changed, it
# still says so, while the zone of that name has moved on. RFC 5545 section 3.2.19 makes the definition in the file the one that counts:
# vobject follows it. icalendar and recurring-ical-events look the name up instead and ignore the definition. So the same file, read on the
# same machine, is an event at two instants; which of them its author meant cannot be told from the file.
#
# Seen, for 1 December 2026, 09:00 in America/Vancouver:
#   icalendar              2026-12-01T16:00:00+00:00
#   recurring-ical-events  2026-12-01T16:00:00+00:00
#   vobject                2026-12-01T17:00:00+00:00
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
    icalendar==7.3.2 recurring-ical-events==3.8.2 vobject==0.9.9 tzdata==2026.6

cat >"$folder/look.py" <<'PYTHON'
import datetime
import sys
import warnings
import zoneinfo

warnings.simplefilter("ignore")
zoneinfo.reset_tzpath([])  # The package's zones, not the machine's.

import icalendar
import recurring_ical_events
import vobject

TEXT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example.org//A calendar//EN
BEGIN:VTIMEZONE
TZID:America/Vancouver
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0800
TZOFFSETTO:-0700
TZNAME:PDT
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0700
TZOFFSETTO:-0800
TZNAME:PST
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1@example.org
DTSTAMP:20251001T000000Z
DTSTART;TZID=America/Vancouver:20261201T090000
DTEND;TZID=America/Vancouver:20261201T100000
SUMMARY:Breakfast
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")

calendar = icalendar.Calendar.from_ical(TEXT)
starts = {
    "icalendar": calendar.walk("VEVENT")[0].decoded("DTSTART"),
    "recurring-ical-events": recurring_ical_events.of(calendar).between((2026, 11, 1), (2027, 1, 1))[0].decoded("DTSTART"),
    "vobject": vobject.readOne(TEXT).vevent.dtstart.value,
}
hours = []
for name, start in starts.items():
    instant = datetime.datetime.fromtimestamp(start.timestamp(), datetime.timezone.utc)
    print(f"{name:22} {instant.isoformat()}")
    hours.append(instant.hour)
sys.exit(hours != [16, 16, 17])
PYTHON
"$folder/venv/bin/python" "$folder/look.py" || { echo "This has changed." >&2; exit 1; }
