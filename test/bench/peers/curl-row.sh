#!/usr/bin/env bash
# One row of curl.sh: says how it ended, and in how many requests, those that curl repeats aside.
#
#   curl-row.sh BASE-URL ROW
set -euo pipefail

IFS=, read -r tenant_id email company_name <<<"$2"
url="$1/v1/customers/$tenant_id/profiles/billing"

send() {
  curl --fail --no-progress-meter --retry 3 \
    -H "Authorization: Bearer $PARTNER_CENTER_ACCESS_TOKEN" \
    -H "MS-RequestId: $(</proc/sys/kernel/random/uuid)" \
    -H "MS-CorrelationId: $(</proc/sys/kernel/random/uuid)" "$@"
}

if ! profile=$(send "$url"); then
  echo 'failed 1'
  exit
fi
# One jq for both: the tag on the first line, the new profile on the second.
{ read -r etag; read -r desired; } < <(
  jq -c --arg email "$email" --arg company "$company_name" \
    '.attributes.etag, (.email = $email | .companyName = $company)' <<<"$profile"
)
if send -X PUT -H "If-Match: $etag" -H 'Content-Type: application/json' \
  --data-binary "$desired" -o /dev/null "$url"; then
  echo 'updated 2'
else
  echo 'failed 2'
fi
