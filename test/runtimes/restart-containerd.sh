#!/bin/bash
# restart-containerd.sh DIRECTORY [terminate|kill]
# Ends the daemon that start-containerd.sh started there, by its process id, and starts it again with the same configuration.
# Containers and their shims stay. For `criteria run --restart-command "bash …/restart-containerd.sh DIRECTORY {how}"`.
set -euo pipefail
dir=$(cd "${1:?directory}" && pwd) how=${2:-${CRITERIA_RESTART_HOW:-terminate}}
pid='' bin=''
# shellcheck source=/dev/null
. "$dir/env"
signal=TERM; [ "$how" != kill ] || signal=KILL
# The id may have been given to another process since.
tr '\0' ' ' < "/proc/$pid/cmdline" | grep -q -- "--config $dir/config.toml" || { echo "restart-containerd: process $pid is not the daemon of $dir" >&2; exit 1; }
# The daemon's own surroundings: the temporary folder of whoever asks for the restart may be gone tomorrow.
mapfile -d '' surroundings < "/proc/$pid/environ"
kill -$signal "$pid"
for _ in $(seq 100); do kill -0 "$pid" 2> /dev/null || break; sleep 0.1; done
! kill -0 "$pid" 2> /dev/null || { echo "restart-containerd: process $pid did not end within 10 s" >&2; exit 1; }
env -i "${surroundings[@]}" setsid "$bin/containerd" --config "$dir/config.toml" >> "$dir/containerd.log" 2>&1 < /dev/null &
sed -i "s/^pid=.*/pid=$!/" "$dir/env"
