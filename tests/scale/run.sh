#!/usr/bin/env bash
# Measures the time from push to Synced with more and more Applications: docs/scale.md.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

"$root/bootstrap/install-dependencies.sh"
exec "$root/node_modules/.bin/node" "$root/tests/scale/main.ts" "$@"
