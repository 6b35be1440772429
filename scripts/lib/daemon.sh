# A private daemon of a run. To be sourced after say.sh; gitisoctl finds it by GITISO_SOCKET.

# start_daemon <configuration> <log>: afterwards `daemon` is its process id, and it answers.
start_daemon() {
  node build/daemon/main.js --config "$1" 2>>"$2" &
  daemon=$!
  local deadline=$((SECONDS + 30))
  until gitisoctl status >/dev/null 2>&1; do
    kill -0 "$daemon" 2>/dev/null || fail 'the daemon ended' "$(tail -n 5 "$2")"
    ((SECONDS < deadline)) || fail 'the daemon does not answer' "$(tail -n 5 "$2")"
    sleep 0.05
  done
}

gitisoctl() { node "$PWD/build/client/ctl/main.js" "$@"; }
