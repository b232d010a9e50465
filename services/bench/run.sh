#!/usr/bin/env bash
# Measures the services on this machine: installs what that needs, then prints a table.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

"$root/bootstrap/install-dependencies.sh" --with-services
exec "$root/node_modules/.bin/node" "$root/services/bench/main.ts" "$@"
