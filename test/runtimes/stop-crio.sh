#!/bin/bash
# stop-crio.sh DIRECTORY: ends what start-crio.sh started there, by process id, and takes its mounts and network away.
set -uo pipefail
dir=$(cd "${1:?directory}" && pwd) || exit 2
[ -s "$dir/env" ] || exit 0
pid='' runc='' bridge=''
# shellcheck source=/dev/null
. "$dir/env"
kill -TERM "$pid" 2> /dev/null
for _ in $(seq 50); do kill -0 "$pid" 2> /dev/null || break; sleep 0.2; done
kill -KILL "$pid" 2> /dev/null
runtime() { timeout 20 "$runc" --root "$dir/state/runc" "$@"; }
for container in $(ls "$dir/state/runc" 2> /dev/null); do runtime delete --force "$container" > /dev/null 2>&1; done
# The monitors have the folder of this daemon's exits on their command line.
for p in /proc/[0-9]*; do
  if { tr '\0' ' ' < "$p/cmdline"; } 2> /dev/null | grep -q "^[^ ]*conmon .*$dir/state/exits"; then kill -KILL "$(basename "$p")" 2> /dev/null; fi
done
for _ in 1 2 3; do
  awk -v d="$dir/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do umount -l "$mount" 2> /dev/null; done
done
[ -z "$bridge" ] || ip link delete "$bridge" 2> /dev/null
rm -rf "$dir/state" "$dir/ns" "$dir/ipam" "$dir/cni-bin" "$dir/env" "$dir/crio.sock" "$dir/pause.host"
[ -n "${KEEP_ROOT:-}" ] || rm -rf "$dir/root" "$dir/logs"
