#!/bin/sh
# Runs the program after which it is called (pg_ctl.marked runs pg_ctl), with a mark beside the data directory for as
# long as that takes. Each of these programs leaves a directory behind that looks complete, and isn't, when it is
# killed; start-member.py removes what bears the mark.
set -eu
program=${0##*/}
program=${program%.marked}
mark=$PGDATA.incomplete
if [ "$program" = pg_ctl ] && [ "${1:-}" != initdb ]; then exec pg_ctl "$@"; fi
echo "$program" > "$mark"
status=0
"$program" "$@" || status=$?
# What a program that failed by itself leaves is Patroni's to deal with.
rm -f "$mark"
exit "$status"
