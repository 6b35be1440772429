# The commands that set-up, the tests and the daemon itself use. To be sourced after packages.sh.

tools=(git:git cc:gcc musl-gcc:musl-tools flock:util-linux strace:strace shellcheck:shellcheck)

missing_tools() {
  local packages
  packages=$(absent_packages "${tools[@]}")
  [[ -z $packages ]] || say "Debian packages: ${packages//$'\n'/ }"
}

bring_tools() { need_packages "${tools[@]}"; }
