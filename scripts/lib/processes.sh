# Processes by what they carry in their environment. To be sourced.

# marked_processes <NAME=value>: the ids of the processes that were started with it.
marked_processes() {
  grep -lzxF -- "$1" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3
}

# describe_process <pid>
describe_process() { printf '%s: %s\n' "$1" "$(tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | cut -c 1-200)"; }

# end_marked <NAME=value> <seconds>: asks those processes to end, waits, and kills what is still there.
end_marked() {
  local pids deadline=$((SECONDS + $2))
  mapfile -t pids < <(marked_processes "$1")
  ((${#pids[@]} > 0)) || return 0
  kill "${pids[@]}" 2>/dev/null || true
  while mapfile -t pids < <(marked_processes "$1") && ((${#pids[@]} > 0)); do
    if ((SECONDS >= deadline)); then kill -KILL "${pids[@]}" 2>/dev/null || true; fi
    sleep 0.1
  done
}
