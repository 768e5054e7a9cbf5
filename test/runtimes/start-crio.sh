#!/bin/bash
# start-crio.sh DIRECTORY
# Starts a private CRI-O under DIRECTORY, without systemd. Prints `socket=…` and `pid=…`, and writes DIRECTORY/env with the same.
# Stop it with stop-crio.sh DIRECTORY.
# CRIO_BIN is the folder of crio and pinns; RUNC and CONMON are files, CNI_BIN the folder of the network plugins.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=daemon.sh
. "$here/daemon.sh"
# A unix socket's path ends at 107 bytes, and the monitor's have an id of 64 letters in them.
make_folder "${1:?directory}" 24 cni cni-bin root state/exits state/attach ns logs policies registries.d
bin=${CRIO_BIN:-$(dirname "$(command -v crio)")}
runc=${RUNC:-$(command -v runc)} conmon=${CONMON:-$(command -v conmon)} pinns=$bin/pinns
[ -x "$pinns" ] || pinns=$(command -v pinns)
dist=${DIST:-$here/../../dist}
make_network
fill "$here/crio.conf" -e "s|@RUNC@|$runc|g" -e "s|@CONMON@|$conmon|g" -e "s|@PINNS@|$pinns|g" -e "s|@STORAGE@|${STORAGE:-overlay}|g" > "$dir/crio.conf"
# CRI-O asks the plugins to CHECK, and the plugin "bandwidth" of Debian 12 dies of that when there is no limit.
fill "$here/cni.conflist" -e "s/^{/{ \"disableCheck\": true,/" > "$dir/cni/10-criteria.conflist"
mkdir -p "$dir/home/.config/containers"
printf '{"default":[{"type":"insecureAcceptAnything"}]}\n' > "$dir/home/.config/containers/policy.json"
node "$here/serve-pause-image.js" > "$dir/pause.host" &
server=$!
trap 'kill $server 2> /dev/null' EXIT
await "$server" 300 test -s "$dir/pause.host" || { complain "the sandbox image cannot be served"; exit 1; }
# The registry of the test images is on the loopback and has no certificate.
{
  printf 'unqualified-search-registries = ["criteria.local"]\n'
  printf '[[registry]]\nlocation = "127.0.0.1"\ninsecure = true\n'
  printf '[[registry]]\nprefix = "criteria.local"\nlocation = "%s"\ninsecure = true\n' "$(cat "$dir/pause.host")"
} > "$dir/registries.conf"
# The policy of signatures is that of its HOME: where one is configured, CRI-O refuses containers whose config has no user_specified_image.
HOME=$dir/home CONTAINER_REGISTRIES_CONF=$dir/registries.conf CONTAINER_REGISTRIES_CONF_DIR=$dir/registries.d \
  setsid "$bin/crio" --config "$dir/crio.conf" --config-dir "" > "$dir/crio.log" 2>&1 < /dev/null &
pid=$!
printf 'socket=%s\npid=%s\nrunc=%s\nbridge=%s\n' "$dir/crio.sock" "$pid" "$runc" "$bridge" > "$dir/env"
call() { timeout 60 node "$dist/cli/main.js" call -r "unix://$dir/crio.sock" "$@"; }
ready() { await "$pid" 150 test -S "$dir/crio.sock" && call PullImage '{"image":{"image":"criteria.local/pause:1"}}' >&2; }
ready || { tail -20 "$dir/crio.log" >&2; bash "$here/stop-crio.sh" "$dir"; exit 1; }
sed -n '1,2p' "$dir/env"
