#!/bin/sh
# Brings a piece of the write-ahead log back. postgresql.conf of the cluster that is being restored:
# restore_command = '/opt/rientro/restore-wal.sh "%f" "%p"'
# Environment: RIENTRO_WAL_DIR, RIENTRO_BACKUP_IDENTITY (file of the secret key, brought here for the occasion).
set -eu
[ -e "$RIENTRO_WAL_DIR/$1.age" ] || exit 1
age --decrypt --identity "$RIENTRO_BACKUP_IDENTITY" --output "$2" "$RIENTRO_WAL_DIR/$1.age"
