# Messages of the scripts, and how they run other commands. To be sourced.

say() { printf '%s\n' "$*"; }

# A heading: something that takes time begins.
heading() { printf '==> %s\n' "$*"; }

# fail <what is wrong> [what to do about it…]: ends the script.
fail() {
  printf 'gitiso: %s\n' "$1" >&2
  shift
  if (($# > 0)); then printf '        %s\n' "$@" >&2; fi
  exit 1
}

# attend <command…>: waits for it, but a signal to this script is handled at once (bash would wait otherwise).
attend() {
  "$@" &
  wait $!
}

# Ends the commands that `attend` waits for; for signal handlers.
stop_attended() {
  local pids
  pids=$(jobs -p)
  # shellcheck disable=SC2086 # one word per process id
  [[ -z $pids ]] || kill $pids 2>/dev/null || true
}

# quietly <command…>: its output is shown only when it fails; returns its exit code.
quietly() {
  local log code=0
  log=$(mktemp)
  attend "$@" >"$log" 2>&1 || code=$?
  if ((code != 0)); then
    printf '%s failed (exit code %d); the end of its output:\n' "$*" "$code" >&2
    tail -n 40 "$log" >&2
  fi
  rm -f "$log"
  return "$code"
}
