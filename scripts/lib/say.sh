# Messages of the scripts, and how they run other commands. To be sourced.

# One line per argument.
say() { printf '%s\n' "$@"; }

# A heading: something that takes time begins.
heading() { printf '==> %s\n' "$*"; }

# fail <what is wrong> [what to do about it…]: ends the script.
fail() {
  printf 'gitiso: %s\n' "$1" >&2
  shift
  if (($# > 0)); then printf '        %s\n' "$@" >&2; fi
  exit 1
}

# attend <command…>: waits for it in such a way that a signal to this script is handled at once (bash would wait
# for the command first). The command has a process group of its own.
attend() {
  set -m
  "$@" </dev/null &
  attended=$!
  set +m
  local code=0
  wait "$attended" || code=$?
  attended=''
  return "$code"
}

# Ends what `attend` waits for, with everything it has started; for signal handlers.
stop_attended() {
  if [[ -n ${attended:-} ]]; then kill -- "-$attended" 2>/dev/null || true; fi
}

# Signals end the script through its EXIT trap, and what it attends to with it.
handle_signals() {
  trap 'stop_attended; exit 129' HUP
  trap 'stop_attended; exit 130' INT
  trap 'stop_attended; exit 143' TERM
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
