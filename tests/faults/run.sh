#!/usr/bin/env bash
# Breaks a real cluster in many ways under load, and reports what became of it: docs/faults.md.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

"$root/bootstrap/install-dependencies.sh"
exec "$root/node_modules/.bin/node" "$root/tests/faults/main.ts" "$@"
