#!/usr/bin/env bash
# All tests, from nothing: installs what they need, checks the sources, then runs everything, the last of it on
# a cluster of its own. Arguments go to vitest, for example: --project unit.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

bootstrap/install-dependencies.sh --with-services
export PATH="$root/node_modules/.bin:$PATH"
node tests/support/install-test-packages.ts

npm run --silent check
exec vitest run "$@"
