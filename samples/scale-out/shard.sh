#!/bin/sh
# One shard of a file, without a person: shard.sh FILE FOLDER SHARD, where SHARD is 2/4.
# Called again after a stop, it goes on where the shard stopped; nothing is sent twice.
set -u
run="$2/shard-${3%/*}-of-${3#*/}.run"

if [ -e "$run/run.json" ]; then
  exec billpatch resume "$run" --yes --json --quiet
fi
exec billpatch apply "$1" --shard "$3" --yes --json --quiet --max-clears 0 --run-dir "$run"
