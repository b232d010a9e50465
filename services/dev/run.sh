#!/usr/bin/env bash
# All services on this machine, without a cluster: installs what they need, then runs them until Ctrl-C.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

"$root/bootstrap/install-dependencies.sh" --with-services
exec "$root/node_modules/.bin/node" "$root/services/dev/main.ts" "$@"
