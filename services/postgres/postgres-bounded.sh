#!/bin/sh
# Becomes the server, with a limit on what one process may address, in KiB, of which 64 MiB are shared buffers and
# about 150 libraries. A statement that wants more fails by itself, and doesn't take the whole server along when the
# container is out of memory.
set -eu
ulimit -v 393216
exec postgres "$@"
