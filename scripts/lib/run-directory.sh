# One folder per run, everything a run makes below it, and nothing left of it afterwards. To be sourced after say.sh.

# begin_run: afterwards GITISO_TEST_RUN (which marks every process of the run) and TMPDIR are set. The run ends with
# the script, however that ends; when even the script's own clean-up is killed, the reaper cleans up.
begin_run() {
  local old
  outer_tmpdir=${TMPDIR:-/tmp}
  for old in "$outer_tmpdir"/gitiso-run-*; do
    if [[ -e $old/owner ]] && ! owner_lives "$old"; then scripts/lib/clean-run "$old"; fi
  done
  GITISO_TEST_RUN=$(mktemp -d "$outer_tmpdir/gitiso-run-XXXXXX")
  export GITISO_TEST_RUN TMPDIR=$GITISO_TEST_RUN/t
  mkdir "$TMPDIR"
  printf '%s %s\n' "$$" "$(start_time "$$")" >"$GITISO_TEST_RUN/owner"
  trap end_run EXIT
  handle_signals
  setsid env -u GITISO_TEST_RUN -u TMPDIR bash -c 'tail --pid="$1" -f /dev/null; exec scripts/lib/clean-run "$2"' \
    gitiso-reaper "$$" "$GITISO_TEST_RUN" </dev/null >/dev/null 2>&1 &
  reaper=$!
}

# end_run: idempotent; fails when something could not be cleaned up.
end_run() {
  [[ -n ${GITISO_TEST_RUN:-} ]] || return 0
  local run=$GITISO_TEST_RUN code=0
  unset GITISO_TEST_RUN
  export TMPDIR=$outer_tmpdir
  scripts/lib/clean-run "$run" || code=$?
  kill -- "-$reaper" 2>/dev/null || true
  return "$code"
}

# A process id may be used again; with its start time (in clock ticks since boot) it is unique.
start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

owner_lives() {
  local pid started
  read -r pid started <"$1/owner" && [[ $(start_time "$pid") == "$started" ]]
}
