#!/bin/sh
# All shards of a file at once, with GNU parallel, then one set of results: parallel.sh FILE FOLDER COUNT
# Called again after a stop, each shard goes on where it stopped. It ends as one run would have ended.
set -u
here=$(dirname "$0")
file=$1
folder=$2
count=$3
all="$folder/all.run"

if [ -e "$all/run.json" ]; then
  exec billpatch resume "$all" --yes --json --quiet
fi
(umask 077 && mkdir -p "$folder") || exit 2
# What each shard came to is a line of shards.jsonl; errors come through as they are.
parallel --quote --jobs "$count" --joblog "$folder/jobs.tsv" \
  "$here/shard.sh" "$file" "$folder" "{}/$count" ::: $(seq "$count") >"$folder/shards.jsonl"

# What a shard could not end with 0, 1 or 4 has to be seen to first; 2 and 70 before what can go on.
for code in 70 2 3 130; do
  if tail -n +2 "$folder/jobs.tsv" | cut -f 7 | grep -qx "$code"; then
    echo "Shards have not come to their end. Remove the cause, then run this again." >&2
    exit "$code"
  fi
done
exec billpatch merge "$folder"/shard-*-of-"$count".run --run-dir "$all" --json
