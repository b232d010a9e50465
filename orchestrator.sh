#!/usr/bin/env bash
# The only entry: finds Node, installs the npm dependencies once, hands over to bootstrap/.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

"$root/bootstrap/install-dependencies.sh" "$@"
exec "$root/node_modules/.bin/node" "$root/bootstrap/cli.ts" "$@"
