#!/bin/bash
# stop-crio.sh DIRECTORY: ends what start-crio.sh started there, by process id, and takes its mounts and network away.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=daemon.sh
. "$(dirname "$0")/daemon.sh"
dir=$(cd "${1:?directory}" && pwd) || exit 2
[ -s "$dir/env" ] || exit 0
pid='' runc='' bridge=''
# shellcheck source=/dev/null
. "$dir/env"
end_process "$pid"
runtime() { timeout 20 "$runc" --root "$dir/state/runc" "$@"; }
for container in $(ls "$dir/state/runc" 2> /dev/null); do runtime delete --force "$container" > /dev/null 2>&1; done
# The monitors have the folder of this daemon's exits on their command line.
for monitor in $(processes_like "^[^ ]*conmon .*$dir/state/exits"); do kill -KILL "$monitor" 2> /dev/null; done
remove_mounts
[ -z "$bridge" ] || ip link delete "$bridge" 2> /dev/null
rm -rf "$dir/state" "$dir/ns" "$dir/ipam" "$dir/cni-bin" "$dir/env" "$dir/crio.sock" "$dir/pause.host"
[ -n "${KEEP_ROOT:-}" ] || rm -rf "$dir/root" "$dir/logs"
