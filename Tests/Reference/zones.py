"""Asks Python's zoneinfo about all zones of a folder, for the tests of our own reader: `python3 -I -S zones.py FOLDER`.

Writes the names, an empty line, and then rows of four 64-bit integers in the machine's order: the zone's number, a kind, two values in
seconds. Kinds: 0 an instant and its offset; 1 an ordinary wall time and its instant; 2 one that is skipped; 3 one that is shown twice and
the first instant, 4 and the second.
"""
import array
import calendar
import datetime
import struct
import sys
import zoneinfo

EPOCH = datetime.datetime(1970, 1, 1)
UTC = datetime.timezone.utc
END = calendar.timegm((2038, 1, 1, 0, 0, 0))
WEEK = 7 * 86400


def listed(name):
    """The moments in the file's 64-bit block."""
    data = open(f"{sys.argv[1]}/{name}", "rb").read()
    universals, standards, leaps, times, types, characters = struct.unpack(">6l", data[20:44])
    start = 44 + times * 5 + types * 6 + characters + leaps * 8 + standards + universals
    times = struct.unpack(">l", data[start + 32:start + 36])[0]
    return struct.unpack(f">{times}q", data[start + 44:start + 44 + 8 * times])


def offset(zone, second):
    return int((EPOCH + datetime.timedelta(seconds=second)).replace(tzinfo=UTC).astimezone(zone).utcoffset().total_seconds())


def moments(name, zone):
    """When clocks are set from 1970 on: what the file lists, and for later years what two looks a week apart give away."""
    found = [moment for moment in listed(name) if 0 < moment < END]
    second = max(found, default=0)
    before = offset(zone, second)
    while second < END:
        after = offset(zone, second + WEEK)
        if after != before:
            low, high = second, second + WEEK
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
            found.append(high)
            before = after
        second += WEEK
    return found


def wall(zone, second, rows, number):
    local = EPOCH + datetime.timedelta(seconds=second)
    first, last = (int(local.replace(tzinfo=zone, fold=fold).timestamp()) for fold in (0, 1))
    fits = [instant for instant in sorted({first, last}) if instant + offset(zone, instant) == second]
    if not fits:
        rows.extend((number, 2, second, first))
    elif len(fits) == 2:
        rows.extend((number, 3, second, fits[0], number, 4, second, fits[1]))
    else:
        rows.extend((number, 1, second, fits[0]))


def main():
    zoneinfo.reset_tzpath([sys.argv[1]])
    names = sorted(name for name in zoneinfo.available_timezones() if name not in ("Factory", "localtime"))
    rows = array.array("q")
    known = set()
    for number, name in enumerate(names):
        zone = zoneinfo.ZoneInfo(name)
        rows.extend((number, 0, 0, offset(zone, 0)))
        # Wall times follow from the offsets: of links to a zone these are enough.
        contents = open(f"{sys.argv[1]}/{name}", "rb").read()
        is_link = contents in known
        known.add(contents)
        for moment in moments(name, zone):
            before, after = offset(zone, moment - 1), offset(zone, moment)
            for second in (moment - 1, moment, moment + 1):
                rows.extend((number, 0, second, offset(zone, second)))
            if is_link:
                continue
            edges = sorted((moment + before, moment + after))
            for second in {edges[0] - 1, edges[0], sum(edges) // 2, edges[1] - 1, edges[1]}:
                wall(zone, second, rows, number)
    sys.stdout.buffer.write("\n".join(names).encode() + b"\n\n" + rows.tobytes())


main()
