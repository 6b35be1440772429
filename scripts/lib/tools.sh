# The commands that set-up, the tests and the daemon itself use. To be sourced after packages.sh.

tools=(git:git cc:gcc musl-gcc:musl-tools flock:util-linux strace:strace shellcheck:shellcheck bwrap:bubblewrap)
# Servers that the tests start themselves, on the loopback interface.
tools+=(sshd:openssh-server lighttpd:lighttpd openssl:openssl)

missing_tools() {
  local packages
  packages=$(absent_packages "${tools[@]}")
  [[ -z $packages ]] || say "Debian packages: ${packages//$'\n'/ }"
}

bring_tools() { without_services need_packages "${tools[@]}"; }
