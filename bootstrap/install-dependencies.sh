#!/usr/bin/env bash
# Installs the npm dependencies of the repository (root and services/) when their lock files changed.
# The dependencies hold the pinned Node that runs everything else, so any Node with npm is enough here.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "Node.js and npm are needed, and were not found on PATH." >&2
  echo "Debian or Ubuntu: apt-get install nodejs npm. Elsewhere: https://nodejs.org/en/download" >&2
  exit 1
fi

install_into() {
  local folder=$1 lock=$1/package-lock.json stamp=$1/node_modules/.lock-checksum
  local checksum
  checksum=$(cksum "$lock")
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$checksum" ]; then return; fi
  echo "Installing npm dependencies in $folder" >&2
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error >&2)
  printf '%s' "$checksum" >"$stamp"
}

install_into "$root"
if [ "${1:-}" = "--with-services" ]; then install_into "$root/services"; fi
