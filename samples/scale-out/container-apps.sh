#!/bin/sh
# Makes the jobs of all shards from container-apps-job.yaml, and starts them: container-apps.sh COUNT
# A job that is there already is started again: its shard goes on where it stopped.
set -eu
here=$(dirname "$0")
count=$1
group=billing

job=$(mktemp)
trap 'rm -f "$job"' EXIT
for number in $(seq "$count"); do
  name=billpatch-$number-of-$count
  if ! az containerapp job show --name "$name" --resource-group "$group" --output none 2>/dev/null; then
    sed "s|, 1/4]|, $number/$count]|" "$here/container-apps-job.yaml" >"$job"
    az containerapp job create --name "$name" --resource-group "$group" --yaml "$job" --output none
  fi
done
for number in $(seq "$count"); do
  az containerapp job start --name "billpatch-$number-of-$count" --resource-group "$group" --output none
done
echo "Once all have ended, where the share is mounted:"
echo "  billpatch merge november/shard-*-of-$count.run --run-dir november/all.run"
