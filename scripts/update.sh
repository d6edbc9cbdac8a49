#!/bin/sh
# Installs a newer package: scripts/update.sh PACKAGE.deb BACKUPS. A backup comes first; what is due meanwhile goes out afterwards.
set -eu
[ $# -eq 2 ] || { echo "usage: update.sh PACKAGE.deb BACKUPS" >&2; exit 2; }
postiz=${POSTIZ:-postiz}
archive=$(runuser -u postiz -- "$(dirname "$0")/backup.sh" "$2")
echo "Backup: $archive"
systemctl stop postiz
dpkg -i "$1"
systemctl start postiz
for _ in $(seq 60); do
    if "$postiz" health >/dev/null 2>&1; then
        "$postiz" version
        exit 0
    fi
    sleep 1
done
echo "The new version does not answer. See: journalctl -u postiz. To go back: install the old package, then postiz restore $archive" >&2
exit 1
