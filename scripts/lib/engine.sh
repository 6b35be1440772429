# Which Docker Engine answers. To be sourced.

engine_answers() { timeout 5 docker -H "$1" version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# Prints the address of the engine to use: the configured one, the system's, the user's own. Fails when none answers.
# Only local sockets count, because containers mount folders of this machine.
answering_engine() {
  present docker || return 1
  local host
  for host in "${GITISO_TEST_DOCKER:-}" "${DOCKER_HOST:-}" unix:///var/run/docker.sock \
    "unix://${XDG_RUNTIME_DIR:-/nonexistent}/docker.sock"; do
    if [[ $host == unix://* && -S ${host#unix://} ]] && engine_answers "$host"; then
      printf '%s\n' "$host"
      return
    fi
  done
  return 1
}

# run_containers <engine> <run folder>: ids of the containers that have anything to do with the folder.
run_containers() {
  local id
  for id in $(docker -H "$1" ps -aq --no-trunc); do
    if docker -H "$1" inspect "$id" 2>/dev/null | grep -qF -- "$2/"; then printf '%s\n' "$id"; fi
  done
}

missing_engine() {
  answering_engine >/dev/null && return
  present docker && present dockerd && may_be_root && return
  say 'a Docker Engine'
}

# Afterwards an engine either answers or can be started privately (scripts/docker-engine).
bring_engine() {
  need_packages dockerd:docker.io
  # Newer releases of Debian have the client in a package of its own.
  need_packages docker:docker-cli
  answering_engine >/dev/null && return
  may_be_root || fail 'no Docker Engine answers, and this user may not start one' \
    'start it (sudo systemctl start docker) and join its group (sudo usermod -aG docker "$USER"), or run this as root'
}
