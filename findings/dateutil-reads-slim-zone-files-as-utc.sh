#!/usr/bin/env bash
# python-dateutil 2.9.0.post0 with the zone files of tzdata 2026.6 (both from PyPI).
#
# dateutil's tz.tzfile reads only the version 1 block of a TZif file (RFC 9636). In a "slim" file, which is what zic has made by default since
# 2020b and what the tzdata package ships, that block is empty: every zone is UTC, without an error or a warning. In a "fat" file, as Debian
# makes them, the block ends in 2037: from 2038 on there is no summer time. The standard library's zoneinfo reads the same files right.
# A program that plans by wall time and takes its zone from dateutil is an hour or many hours wrong as soon as the files are slim.
#
# Seen:
#   slim file, July 2026: dateutil 0:00:00, zoneinfo 2:00:00
#   fat file,  July 2037: dateutil 2:00:00, zoneinfo 2:00:00
#   fat file,  July 2038: dateutil 1:00:00, zoneinfo 2:00:00
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check python-dateutil==2.9.0.post0 tzdata==2026.6
command -v zic >/dev/null || export PATH="$PATH:/usr/sbin"

cat >"$folder/look.py" <<'PYTHON'
import datetime
import importlib.resources
import pathlib
import subprocess
import sys
import zoneinfo

from dateutil import tz

folder = pathlib.Path(sys.argv[1])
(folder / "rules").write_text(
    "Rule Sample 1996 max - Mar lastSun 1:00u 1:00 S\nRule Sample 1996 max - Oct lastSun 1:00u 0 -\nZone Sample/City 1:00 Sample CE%sT\n")
subprocess.run(["zic", "-b", "fat", "-d", folder / "fat", folder / "rules"], check=True)
slim = importlib.resources.files("tzdata") / "zoneinfo/Europe/Paris"
seen = []
for kind, file, year in [("slim", slim, 2026), ("fat", folder / "fat/Sample/City", 2037), ("fat", folder / "fat/Sample/City", 2038)]:
    july = datetime.datetime(year, 7, 1, 9)
    with open(file, "rb") as data:
        right = july.replace(tzinfo=zoneinfo.ZoneInfo.from_file(data)).utcoffset()
    read = july.replace(tzinfo=tz.tzfile(str(file))).utcoffset()
    print(f"{kind} file, July {year}: dateutil {read}, zoneinfo {right}")
    seen.append((str(read), str(right)))
sys.exit(seen != [("0:00:00", "2:00:00"), ("2:00:00", "2:00:00"), ("1:00:00", "2:00:00")])
PYTHON
"$folder/venv/bin/python" "$folder/look.py" "$folder" || { echo "This has changed." >&2; exit 1; }
