#!/bin/sh
# One month's file, without a person: monthly.sh FILE RUN-FOLDER
# Called again after a stop, it goes on where the run stopped; nothing is sent twice.
set -u
file=$1
run=$2

if [ -e "$run/run.json" ]; then
  billpatch resume "$run" --yes --json --quiet
else
  billpatch apply "$file" --yes --json --quiet --max-clears 0 --run-dir "$run"
fi
code=$?

case $code in
  0) ;;
  1) echo "Rows need somebody: $run/failed.csv" >&2 ;;
  2) echo "Nothing was sent: the file or a setting is wrong." >&2 ;;
  3) echo "Stopped early. Remove the cause, then run this again." >&2 ;;
  4) echo "It is not known what became of some rows. Run this again to look them up." >&2 ;;
  130) echo "Interrupted. Run this again." >&2 ;;
  *) echo "This is a bug in billpatch." >&2 ;;
esac
exit $code
