#!/usr/bin/env bash
# Foundation of Swift 6.3 on Linux (Calendar.RecurrenceRule), beside python-dateutil 2.9.0.post0 (PyPI).
#
# By RFC 5545 a rule skips what does not exist: "every month" from the 31st has no time in a month of 30 days, and "every year" from 29 February has
# one every four years. Foundation's rules, which take RFC 5545's names, move both on to the next day by default; `matchingPolicy = .strict`
# skips as the RFC does. And setPositions does not choose among the days of a month, whatever the policy: "the last working day of the month" gives
# a day in its first week. A scheduler that took this for RFC 5545 would post on the wrong day.
#
# Seen:
#   rule                                          Foundation                              dateutil
#   FREQ=MONTHLY from 31 January                  2027-01-31 2027-03-01 2027-03-31        2027-01-31 2027-03-31 2027-05-31
#   the same, .strict                             2027-01-31 2027-03-31 2027-05-31
#   FREQ=YEARLY from 29 February                  2028-02-29 2029-03-01 2030-03-01        2028-02-29 2032-02-29 2036-02-29
#   FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1 2027-01-07 2027-02-05 2027-03-05        2027-01-29 2027-02-26 2027-03-31
#   the same, .strict                             2027-01-07 2027-02-05 2027-03-05
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-dateutil==2.9.0.post0

cat >"$folder/look.swift" <<'SWIFT'
import Foundation

var calendar = Calendar(identifier: .gregorian)
calendar.timeZone = TimeZone(identifier: "UTC")!
let format = ISO8601DateFormatter()
format.formatOptions = [.withFullDate]

func say(from text: String, _ frequency: Calendar.RecurrenceRule.Frequency, _ change: (inout Calendar.RecurrenceRule) -> Void = { _ in }) {
    var rule = Calendar.RecurrenceRule(calendar: calendar, frequency: frequency)
    change(&rule)
    print(rule.recurrences(of: format.date(from: text)!).prefix(3).map { format.string(from: $0) }.joined(separator: " "))
}

say(from: "2027-01-31", .monthly)
say(from: "2027-01-31", .monthly) { $0.matchingPolicy = .strict }
say(from: "2028-02-29", .yearly)
for policy in [Calendar.MatchingPolicy.nextTimePreservingSmallerComponents, .strict] {
    say(from: "2027-01-01", .monthly) {
        $0.weekdays = [.every(.monday), .every(.tuesday), .every(.wednesday), .every(.thursday), .every(.friday)]
        $0.setPositions = [-1]
        $0.matchingPolicy = policy
    }
}
SWIFT
swiftc -o "$folder/look" "$folder/look.swift"
cat >"$folder/judge.py" <<'PYTHON'
import datetime
from dateutil.rrule import rrulestr

for start, rule in [("2027-01-31", "FREQ=MONTHLY"), ("2028-02-29", "FREQ=YEARLY"),
                    ("2027-01-01", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1")]:
    times = rrulestr(rule, dtstart=datetime.datetime.fromisoformat(start))
    print(" ".join(time.date().isoformat() for time, _ in zip(times, range(3))))
PYTHON

ours=$("$folder/look")
theirs=$("$folder/venv/bin/python" "$folder/judge.py")
printf 'Foundation\n%s\n\ndateutil\n%s\n' "$ours" "$theirs"
[ "$ours" = "2027-01-31 2027-03-01 2027-03-31
2027-01-31 2027-03-31 2027-05-31
2028-02-29 2029-03-01 2030-03-01
2027-01-07 2027-02-05 2027-03-05
2027-01-07 2027-02-05 2027-03-05" ] && [ "$theirs" = "2027-01-31 2027-03-31 2027-05-31
2028-02-29 2032-02-29 2036-02-29
2027-01-29 2027-02-26 2027-03-31" ] || { echo "That has changed." >&2; exit 1; }
