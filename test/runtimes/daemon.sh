# shellcheck shell=bash
# daemon.sh: what the scripts that start and stop private daemons share. They source it.

complain() { echo "$(basename "$0" .sh): $1" >&2; }

# make_folder DIRECTORY LONGEST NAME...: makes it with folders of these names, and sets `dir` to its whole path, which has so many letters at most.
make_folder() {
  local longest=$2 folder
  mkdir -p "$1"
  dir=$(cd "$1" && pwd)
  shift 2
  (cd "$dir" && mkdir -p "$@")
  [ ${#dir} -le "$longest" ] || { complain "$dir is too long for sockets: choose a shorter one"; exit 2; }
  # Root of a user namespace is nobody outside, and has to reach its root file system from here.
  folder=$dir
  until [ "$folder" = / ]; do
    [ $((0$(stat -c %a "$folder") & 1)) -eq 1 ] || { complain "$folder is closed to others, and pods with a user namespace need it: chmod o+x it"; exit 2; }
    folder=$(dirname "$folder")
  done
}

# Sets `id`, `bridge` and `net`, which are this folder's own, and links the plugins.
make_network() {
  id=$(printf %s "$dir" | cksum | awk '{print $1}')
  bridge=cr$(printf %x "$id")
  net=$((64 + id % 60))
  # Another folder may have come to the same number, and two bridges of one subnet take each other's packets.
  while ip -4 route show "10.$net.0.0/16" 2> /dev/null | grep -qvw "$bridge"; do net=$((64 + (net - 63) % 60)); done
  # A folder of its own, so that a plugin of the harness can stand there for a while.
  ln -sf "${CNI_BIN:-/usr/lib/cni}"/* "$dir/cni-bin/"
}

# fill FILE [SED OPTION...]: prints it with the names in it replaced; the options replace further ones.
fill() {
  local file=$1; shift
  sed -e "s|@DIR@|$dir|g" -e "s|@ID@|$id|g" -e "s|@BRIDGE@|$bridge|g" -e "s|@NET@|$net|g" "$@" "$file"
}

# await PID TIMES COMMAND...: until the command succeeds; it gives up when the process has ended, or after so many times.
await() {
  local process=$1 times=$2; shift 2
  for _ in $(seq "$times"); do "$@" && return; kill -0 "$process" 2> /dev/null || break; sleep 0.2; done
  "$@"
}

# end_process PID: by force when it has not ended after 10 s.
end_process() {
  kill -TERM "$1" 2> /dev/null
  for _ in $(seq 50); do kill -0 "$1" 2> /dev/null || break; sleep 0.2; done
  kill -KILL "$1" 2> /dev/null
}

# is_like PID PATTERN: whether there is a process of this id with such a command line.
is_like() { { tr '\0' ' ' < "/proc/$1/cmdline"; } 2> /dev/null | grep -q -e "$2"; }

# processes_like PATTERN: prints the ids of those with such a command line.
processes_like() {
  local p
  for p in /proc/[0-9]*; do is_like "${p#/proc/}" "$1" && echo "${p#/proc/}"; done
}

# Takes away what is mounted in `dir`, deepest first.
remove_mounts() {
  for _ in 1 2 3; do
    awk -v d="$dir/" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do umount -l "$mount" 2> /dev/null; done
  done
}
