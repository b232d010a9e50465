#!/usr/bin/env bash
# Installs the npm dependencies of the repository (with --with-services those of services/, too) when their
# lock files have changed. The dependencies hold the pinned Node that runs everything else, so any Node with
# npm is enough here. With --bundle FILE they come from a bundle, without a network, Node or npm.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
may_install=true
with_services=false
bundle=
while [ $# -gt 0 ]; do
  case $1 in
    --no-install) may_install=false ;;
    --with-services) with_services=true ;;
    --bundle=*) bundle=${1#--bundle=} ;;
    --bundle)
      bundle=${2:-}
      shift "$(($# > 1))"
      ;;
    --print-part-name) print_part_name=true ;;
  esac
  shift
done

# What is installed depends on the lock file, the system and the processor.
part_name() {
  local checksum
  checksum=$(cksum <"$root/package-lock.json")
  echo "node_modules/$(uname -s)-$(uname -m)-${checksum%% *}.tar.gz"
}

install_into() {
  local folder=$1 stamp=$1/node_modules/.lock-checksum checksum
  checksum=$(cksum <"$folder/package-lock.json")
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$checksum" ]; then return; fi
  if [ -n "$bundle" ]; then unpack_bundle; else install_packages "$folder"; fi
  printf '%s' "$checksum" >"$stamp"
}

install_packages() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "Node.js and npm are needed, and were not found on PATH." >&2
    echo "Debian or Ubuntu: apt-get install nodejs npm. Elsewhere: https://nodejs.org/en/download" >&2
    exit 1
  fi
  echo "Installing npm dependencies in $1" >&2
  (cd "$1" && npm ci --no-audit --no-fund --loglevel=error >&2)
}

# The rest of the bundle is read, and checked, by what this unpacks.
unpack_bundle() {
  local name
  name=$(part_name)
  if ! tar -xOf "$bundle" bundle.json >/dev/null 2>&1; then
    refuse "$bundle can't be read, or is no bundle." "Give the path of a file that ./orchestrator.sh bundle has written."
  fi
  # grep has to read to the end, or tar would fail to write.
  if ! tar -tf "$bundle" 2>/dev/null | grep -xF "$name" >/dev/null; then
    refuse "$bundle has no npm dependencies of this clone for $(uname -s) on $(uname -m): it is of another commit, for other machines, or damaged." \
      "tar -xOf $bundle bundle.json tells what it is of. Check that commit out, copy the file again, or make another bundle."
  fi
  if ! tar -xOf "$bundle" "$name" 2>/dev/null | checksum --check --status <(tar -xOf "$bundle" "$name.sha256" 2>/dev/null) 2>/dev/null; then
    refuse "$bundle is damaged: $name has another SHA-256 than it should have." "Nothing of it was used. Copy it again."
  fi
  echo "Unpacking npm dependencies from $bundle" >&2
  rm -rf "$root/node_modules"
  tar -xOf "$bundle" "$name" | tar -xzf - -C "$root"
}

checksum() {
  if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum --algorithm 256 "$@"; fi
}

refuse() {
  printf 'Error: %s\n  next: %s\n' "$1" "$2" >&2
  exit 1
}

# The pinned Node needs a library that a Debian without a compiler may lack.
check_pinned_node() {
  if "$root/node_modules/.bin/node" --version >/dev/null 2>&1; then return; fi
  if $may_install && [ -z "$bundle" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing the system package libatomic1, which Node.js needs" >&2
    apt-get update --quiet=2 >&2 && apt-get install --yes --quiet=2 --no-install-recommends libatomic1 >&2
  fi
  "$root/node_modules/.bin/node" --version >/dev/null && return
  if [ -n "$bundle" ]; then
    refuse "the pinned Node.js does not start." "Install the system package libatomic1, or its like; docs/runbooks/air-gap.md lists all that must be there."
  fi
  echo "The pinned Node.js does not start. As root: apt-get update && apt-get install --yes libatomic1" >&2
  exit 1
}

if ${print_part_name:-false}; then
  part_name
  exit
fi
install_into "$root"
if $with_services; then install_into "$root/services"; fi
check_pinned_node
