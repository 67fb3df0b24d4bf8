#!/usr/bin/env bash
# bash, curl and jq, with xargs for the concurrency: a process for each row and each request.
#
#   curl.sh BASE-URL FILE CONCURRENCY
set -euo pipefail
export LC_ALL=C

here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

started=${EPOCHREALTIME/./}
tail -n +2 "$2" |
  xargs -d '\n' -n 1 -P "$3" "$here/curl-row.sh" "$1" >"$work/rows" 2>"$work/warnings"
wall=$((${EPOCHREALTIME/./} - started))

# curl tells of each answer that is an error, and of each retry.
retries=$(grep -c 'Will retry in' "$work/warnings" || true)
refused=$(grep -c 'returned error: 429' "$work/warnings" || true)
times >"$work/times"
awk -v wall="$wall" -v retries="$retries" -v refused="$refused" '
  FILENAME ~ /times$/ { split($1 "m" $2, t, /[ms]+/); cpu += 60 * (t[1] + t[3]) + t[2] + t[4]; next }
  { rows += 1; updated += $1 == "updated"; requests += $2 }
  END {
    printf "{\"rows\":%d,\"updated\":%d,\"failed\":%d,\"requests\":%d,\"refused\":%d,\"wallMs\":%.1f,\"cpuMs\":%.1f}\n",
      rows, updated, rows - updated, requests + retries, refused, wall / 1000, cpu * 1000
  }' "$work/times" "$work/rows"
