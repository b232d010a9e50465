#!/usr/bin/env bash
# Installs the npm dependencies of the repository (with --with-services those of services/, too) when their
# lock files have changed. The dependencies hold the pinned Node that runs everything else, so any Node with
# npm is enough here.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
may_install=true
with_services=false
for argument in "$@"; do
  case $argument in
    --no-install) may_install=false ;;
    --with-services) with_services=true ;;
  esac
done

install_into() {
  local folder=$1 stamp=$1/node_modules/.lock-checksum checksum
  checksum=$(cksum <"$folder/package-lock.json")
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$checksum" ]; then return; fi
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "Node.js and npm are needed, and were not found on PATH." >&2
    echo "Debian or Ubuntu: apt-get install nodejs npm. Elsewhere: https://nodejs.org/en/download" >&2
    exit 1
  fi
  echo "Installing npm dependencies in $folder" >&2
  (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error >&2)
  printf '%s' "$checksum" >"$stamp"
}

# The pinned Node needs a library that a Debian without a compiler may lack.
check_pinned_node() {
  if "$root/node_modules/.bin/node" --version >/dev/null 2>&1; then return; fi
  if $may_install && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing the system package libatomic1, which Node.js needs" >&2
    apt-get update --quiet=2 >&2 && apt-get install --yes --quiet=2 --no-install-recommends libatomic1 >&2
  fi
  "$root/node_modules/.bin/node" --version >/dev/null && return
  echo "The pinned Node.js does not start. As root: apt-get update && apt-get install --yes libatomic1" >&2
  exit 1
}

install_into "$root"
if $with_services; then install_into "$root/services"; fi
check_pinned_node
