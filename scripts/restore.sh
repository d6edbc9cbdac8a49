#!/bin/sh
# Restores an archive: scripts/restore.sh ARCHIVE. Stop the server before.
set -eu
[ $# -eq 1 ] || { echo "usage: restore.sh ARCHIVE" >&2; exit 2; }
"${POSTIZ:-postiz}" verify "$1"
exec "${POSTIZ:-postiz}" restore "$1"
