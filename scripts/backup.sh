#!/bin/sh
# Makes a backup and looks at every byte of it: scripts/backup.sh FOLDER [KEEP]. Run it with the settings, and as the user, of the server.
set -eu
[ $# -ge 1 ] || { echo "usage: backup.sh FOLDER [KEEP]" >&2; exit 2; }
archive=$("${POSTIZ:-postiz}" backup --to "$1" --keep "${2:-7}")
"${POSTIZ:-postiz}" verify "$archive" >&2
echo "$archive"
