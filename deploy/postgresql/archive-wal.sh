#!/bin/sh
# Keeps a finished piece of PostgreSQL's write-ahead log, encrypted, in another place.
# postgresql.conf: archive_mode = on, archive_timeout = 300, archive_command = '/opt/rientro/archive-wal.sh "%p" "%f"'
# Environment of the server: RIENTRO_WAL_DIR (not on the database's disk), RIENTRO_BACKUP_RECIPIENTS (one age1... key).
set -eu
target=$RIENTRO_WAL_DIR/$2.age
sum=$(sha256sum <"$1" | cut -d' ' -f1)
if [ -e "$target" ]; then
    # After a crash PostgreSQL may hand over a piece once more: the same one is fine, another of that name is not.
    [ "$(cat "$target.sha256")" = "$sum" ]
    exit
fi
age --encrypt --recipient "$RIENTRO_BACKUP_RECIPIENTS" --output "$target.new" "$1"
printf '%s' "$sum" >"$target.sha256"
sync "$target.new" "$target.sha256"
mv "$target.new" "$target"
sync "$RIENTRO_WAL_DIR"
