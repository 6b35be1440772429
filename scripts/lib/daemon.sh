# A private daemon of a run. To be sourced after say.sh; gitisoctl finds it by GITISO_SOCKET.

# configure_daemon <folder> [more settings]: starts an engine, and writes <folder>/gitisod.json for a daemon whose state lies below it.
configure_daemon() {
  attend scripts/docker-engine start
  DOCKER_HOST=$(scripts/docker-engine env)
  export DOCKER_HOST=${DOCKER_HOST#DOCKER_HOST=} GITISO_SOCKET=$1/run/gitisod.sock
  mkdir "$1/run" "$1/state"
  printf '{ "stateDirectory": "%s", "runDirectory": "%s", "docker": { "socket": "%s" }%s }\n' \
    "$1/state" "$1/run" "${DOCKER_HOST#unix://}" "${2:+, $2}" >"$1/gitisod.json"
}

# start_daemon <folder>: of that configuration; afterwards `daemon` is its process id, and it answers.
start_daemon() {
  local log=$1/gitisod.log
  node build/daemon/main.js --config "$1/gitisod.json" 2>>"$log" &
  daemon=$!
  local deadline=$((SECONDS + 30))
  until gitisoctl status >/dev/null 2>&1; do
    kill -0 "$daemon" 2>/dev/null || fail 'the daemon ended' "$(tail -n 5 "$log")"
    ((SECONDS < deadline)) || fail 'the daemon does not answer' "$(tail -n 5 "$log")"
    sleep 0.05
  done
}

gitisoctl() { node "$PWD/build/client/ctl/main.js" "$@"; }
