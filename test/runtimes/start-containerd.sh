#!/bin/bash
# start-containerd.sh LABEL DIRECTORY
# Starts a private containerd (LABEL 1.6 or 2.x, such as 1.6.20 or 2.4.2) under DIRECTORY, without systemd.
# Prints `socket=…` and `pid=…`, and writes DIRECTORY/env with the same. Stop it with stop-containerd.sh DIRECTORY.
# CONTAINERD_BIN is the folder of containerd, its shim, ctr and runc; CNI_BIN that of the network plugins.
set -euo pipefail
label=${1:?label}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=daemon.sh
. "$here/daemon.sh"
# A unix socket's path ends at 107 bytes, and shims add to it.
make_folder "${2:?directory}" 60 cni cni-bin root state opt
bin=${CONTAINERD_BIN:-$(dirname "$(command -v containerd)")}
config=$here/config-v3.toml; case $label in 1.*) config=$here/config-v2.toml ;; esac
have=$("$bin/containerd" --version | awk '{print $3}')
case ${have#v} in "$label"*) ;; *) complain "$bin/containerd is $have, not $label: set CONTAINERD_BIN"; exit 2 ;; esac
debian=/usr/sbin/runc; [ -x $debian ] || debian=/usr/bin/runc; [ -x $debian ] || debian=$bin/runc
runc=$bin/runc; [ -x "$runc" ] || runc=$debian
make_network
fill "$config" -e "s|@RUNC@|$runc|g" -e "s|@RUNC_DEBIAN@|$debian|g" -e "s|@CNI_BIN@|$dir/cni-bin|g" -e "s|@SNAPSHOTTER@|${SNAPSHOTTER:-overlayfs}|g" > "$dir/config.toml"
# With RUNC_MUTANT=1 there is a handler of that name, for `criteria mutation --runc DIRECTORY/runc-mutant`; 2.x only.
if [ -n "${RUNC_MUTANT:-}" ]; then
  printf '{"runc":"%s","edits":[]}\n' "$runc" > "$dir/runc-mutant.json"
  table='[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc-mutant'
  printf '%s]\nruntime_type = "io.containerd.runc.v2"\n%s.options]\nBinaryName = "%s"\n' "$table" "$table" "$dir/runc-mutant" >> "$dir/config.toml"
fi
fill "$here/cni.conflist" > "$dir/cni/10-criteria.conflist"
export PATH=$bin:$PATH
(umask 077; env -0 > "$dir/surroundings") # restart-containerd.sh starts it again in these; they may hold secrets
setsid "$bin/containerd" --config "$dir/config.toml" > "$dir/containerd.log" 2>&1 < /dev/null &
pid=$!
printf 'socket=%s\npid=%s\nbin=%s\nbridge=%s\n' "$dir/containerd.sock" "$pid" "$bin" "$bridge" > "$dir/env"
ready() { timeout 5 "$bin/ctr" --address "$dir/containerd.sock" version > /dev/null 2>&1; }
await "$pid" 150 ready || { tail -20 "$dir/containerd.log" >&2; bash "$here/stop-containerd.sh" "$dir"; exit 1; }
archive=${PAUSE_ARCHIVE:-$dir/pause.tar}
[ -s "$archive" ] || node "$here/write-pause-image.js" "$archive"
"$bin/ctr" --address "$dir/containerd.sock" --namespace k8s.io images import --snapshotter "${SNAPSHOTTER:-overlayfs}" "$archive" >&2
sed -n '1,2p' "$dir/env"
