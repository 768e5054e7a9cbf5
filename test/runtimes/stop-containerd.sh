#!/bin/bash
# stop-containerd.sh DIRECTORY: ends what start-containerd.sh started there, by process id, and takes its mounts and network away.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=daemon.sh
. "$(dirname "$0")/daemon.sh"
dir=$(cd "${1:?directory}" && pwd) || exit 2
[ -s "$dir/env" ] || exit 0
pid='' bin='' bridge=''
# shellcheck source=/dev/null
. "$dir/env"
ctr() { timeout 20 "$bin/ctr" --address "$dir/containerd.sock" --namespace k8s.io "$@"; }
namespaces=$(grep -ho '/[^" ]*/netns/cni-[0-9a-f-]*' "$dir"/state/io.containerd.runtime.v2.task/k8s.io/*/config.json 2> /dev/null | sort -u)
for task in $(ctr tasks ls -q 2> /dev/null); do ctr tasks kill -s SIGKILL "$task" > /dev/null 2>&1; done
sleep 0.5
for task in $(ctr tasks ls -q 2> /dev/null); do ctr tasks delete -f "$task" > /dev/null 2>&1; done
end_process "$pid"
# The daemon's own shims carry its socket on their command line.
for shim in $(processes_like "containerd-shim.* -address $dir/containerd.sock"); do
  for child in $(cat "/proc/$shim/task/"*/children 2> /dev/null); do kill -KILL "$child" 2> /dev/null; done
  kill -KILL "$shim" 2> /dev/null
done
remove_mounts
for namespace in $namespaces; do umount -l "$namespace" 2> /dev/null; rm -f "$namespace"; done
[ -z "$bridge" ] || ip link delete "$bridge" 2> /dev/null
rm -rf "$dir/state" "$dir/ipam" "$dir/cni-bin" "$dir/env" "$dir/surroundings" "$dir/containerd.sock" "$dir/containerd.sock.ttrpc"
[ -n "${KEEP_ROOT:-}" ] || rm -rf "$dir/root"
