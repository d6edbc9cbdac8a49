#!/bin/sh
# Ends with 0 when the server works, 1 when it is down, 3 when something of it does not work: scripts/health-check.sh [URL]
set -eu
if [ $# -gt 0 ]; then set -- --url "$1"; fi
report=$("${POSTIZ:-postiz}" health "$@") || { echo "$report"; exit 1; }
echo "$report"
case "$report" in degraded*) exit 3 ;; esac
