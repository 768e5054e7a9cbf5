#!/bin/bash
# start-crio.sh DIRECTORY
# Starts a private CRI-O under DIRECTORY, without systemd. Prints `socket=…` and `pid=…`, and writes DIRECTORY/env with the same.
# Stop it with stop-crio.sh DIRECTORY.
# CRIO_BIN is the folder of crio and pinns; RUNC and CONMON are files, CNI_BIN the folder of the network plugins.
set -euo pipefail
dir=${1:?directory}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$dir/cni" "$dir/cni-bin" "$dir/root" "$dir/state/exits" "$dir/state/attach" "$dir/ns" "$dir/logs" "$dir/policies" "$dir/registries.d"
dir=$(cd "$dir" && pwd)
# A unix socket's path ends at 107 bytes, and the monitor's have an id of 64 letters in them.
[ ${#dir} -le 24 ] || { echo "start-crio: $dir is too long for sockets: choose a shorter one" >&2; exit 2; }
# Root of a user namespace is nobody outside, and has to reach its root file system from here.
folder=$dir
until [ "$folder" = / ]; do
  [ $((0$(stat -c %a "$folder") & 1)) -eq 1 ] || { echo "start-crio: $folder is closed to others, and pods with a user namespace need it: chmod o+x it" >&2; exit 2; }
  folder=$(dirname "$folder")
done
bin=${CRIO_BIN:-$(dirname "$(command -v crio)")}
runc=${RUNC:-$(command -v runc)} conmon=${CONMON:-$(command -v conmon)} pinns=$bin/pinns
[ -x "$pinns" ] || pinns=$(command -v pinns)
dist=${DIST:-$here/../../dist}
id=$(printf %s "$dir" | cksum | awk '{print $1}')
bridge=cr$(printf %x "$id")
net=$((64 + id % 60))
fill() {
  sed -e "s|@DIR@|$dir|g" -e "s|@RUNC@|$runc|g" -e "s|@CONMON@|$conmon|g" -e "s|@PINNS@|$pinns|g" -e "s|@STORAGE@|${STORAGE:-overlay}|g" \
    -e "s|@ID@|$id|g" -e "s|@BRIDGE@|$bridge|g" -e "s|@NET@|$net|g" "$1"
}
# A folder of its own, so that a plugin of the harness can stand there for a while.
ln -sf "${CNI_BIN:-/usr/lib/cni}"/* "$dir/cni-bin/"
fill "$here/crio.conf" > "$dir/crio.conf"
# CRI-O asks the plugins to CHECK, and the plugin "bandwidth" of Debian 12 dies of that when there is no limit.
fill "$here/cni.conflist" | sed "s/^{/{ \"disableCheck\": true,/" > "$dir/cni/10-criteria.conflist"
mkdir -p "$dir/home/.config/containers"
printf '{"default":[{"type":"insecureAcceptAnything"}]}\n' > "$dir/home/.config/containers/policy.json"
node "$here/serve-pause-image.js" > "$dir/pause.host" &
server=$!
trap 'kill $server 2> /dev/null' EXIT
for _ in $(seq 300); do [ -s "$dir/pause.host" ] && break; kill -0 $server 2> /dev/null || break; sleep 0.2; done
[ -s "$dir/pause.host" ] || { echo "start-crio: the sandbox image cannot be served" >&2; exit 1; }
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
for _ in $(seq 150); do [ -S "$dir/crio.sock" ] && break; kill -0 $pid 2> /dev/null || break; sleep 0.2; done
call PullImage '{"image":{"image":"criteria.local/pause:1"}}' >&2 || { tail -20 "$dir/crio.log" >&2; bash "$here/stop-crio.sh" "$dir"; exit 1; }
sed -n '1,2p' "$dir/env"
