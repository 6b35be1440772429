# How the demo tells its story: what it does, the command, its output, and whether that is what should happen.
# To be sourced after say.sh.

problems=0

narrate() {
  local text=$*
  printf '\n'
  printf '%s\n' "$text" | fold -s -w 110
}

indent() { sed "s#^#    #; s#${TMPDIR:-/nonexistent}#\$WORK#g"; }

# What an agent types is shown at its own prompt, and not where the temporary folder is.
show_command() {
  case $1 in
    in_agent | in_container) printf '  %s> %s\n' "$2" "$3" ;;
    *) printf '  $ %s\n' "$*" | sed "s#${TMPDIR:-/nonexistent}#\$WORK#g" ;;
  esac
}

problem() {
  printf '  !! %s\n' "$*"
  problems=$((problems + 1))
}

# run <command…>: must succeed.
run() {
  local code=0
  show_command "$@"
  { "$@" 2>&1 | indent; } || code=$?
  ((code == 0)) || problem "unexpected: exit code $code"
}

# run_refused <command…>: must fail, and say why.
run_refused() {
  local code=0
  show_command "$@"
  { "$@" 2>&1 | indent; } || code=$?
  if ((code == 0)); then problem 'unexpected: this should have been refused'; else printf '    (refused, exit code %d)\n' "$code"; fi
}

# conclude <what happened>: the last line, and the exit code.
conclude() {
  printf '\n'
  if ((problems > 0)); then fail "demo: $problems of the steps above did not do what they should"; fi
  printf 'demo: everything as it should be: %s\n' "$*"
}
