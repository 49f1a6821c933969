# Shared by the scripts of this folder; sourced, not run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
app="$root/artifacts/app"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=1

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 2; }

need_sdk() {
  command -v dotnet >/dev/null || die "The .NET 10 SDK is missing: install it (https://dotnet.microsoft.com/download) and run this again."
  dotnet --list-sdks | grep -q '^10\.' || die "The .NET 10 SDK is missing: 'dotnet --list-sdks' shows no 10.x; install it and run this again."
}

need_node() {
  command -v npm >/dev/null || die "Node.js with npm is missing: ONNX Runtime's library comes from an npm package; install Node.js 18 or newer and run this again."
}

# npm packages: ONNX Runtime's core library for this machine, and what judges the pages. No install script runs.
fetch_runtime() {
  [ -f "$root/node_modules/onnxruntime-node/package.json" ] && [ -f "$root/node_modules/axe-core/package.json" ] && return
  need_node
  say "Fetching ONNX Runtime (npm) …"
  (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund --silent) || die "npm ci failed: see its message above; a registry that has onnxruntime-node 1.30.0 is needed."
}

# Installs Debian packages when they are missing and when that is allowed.
apt_need() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  local sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null && sudo="sudo -n" || die "These Debian packages are missing: ${missing[*]}. Install them (sudo apt-get install --no-install-recommends ${missing[*]}) and run this again."
  fi
  say "Installing ${missing[*]} …"
  # The servers are started by the tests themselves, never by the package.
  $sudo apt-get update -qq >/dev/null || say "apt-get update failed; going on with the lists that are here"
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
    || die "apt-get could not install ${missing[*]}: see its message above."
}
