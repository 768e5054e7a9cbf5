#!/bin/bash
# restart-containerd.sh DIRECTORY [terminate|kill]
# Ends the daemon that start-containerd.sh started there, by its process id, and starts it again with the same configuration; one that has crashed is only started.
# Containers and their shims stay. For `criteria run --restart-command "bash …/restart-containerd.sh DIRECTORY {how}"`.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=daemon.sh
. "$(dirname "$0")/daemon.sh"
dir=$(cd "${1:?directory}" && pwd) how=${2:-${CRITERIA_RESTART_HOW:-terminate}}
pid='' bin=''
# shellcheck source=/dev/null
. "$dir/env"
signal=TERM; [ "$how" != kill ] || signal=KILL
# The id may have been given to another process since.
is_there() { is_like "$pid" "--config $dir/config.toml"; }
if is_there; then
  kill -$signal "$pid"
  for _ in $(seq 100); do is_there || break; sleep 0.1; done
  ! is_there || { complain "process $pid did not end within 10 s"; exit 1; }
fi
# The daemon's own surroundings: the temporary folder of whoever asks for the restart may be gone tomorrow.
mapfile -d '' surroundings < "$dir/surroundings"
env -i "${surroundings[@]}" setsid "$bin/containerd" --config "$dir/config.toml" >> "$dir/containerd.log" 2>&1 < /dev/null &
sed -i "s/^pid=.*/pid=$!/" "$dir/env"
