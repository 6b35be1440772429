# Debian packages, brought one by one when something of theirs is missing. To be sourced.

# Administration commands are not on an ordinary user's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

may_be_root() { ((EUID == 0)) || sudo -n true 2>/dev/null; }

# as_root <command…>: keeps nothing of the caller's open but the standard streams.
as_root() {
  if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

# present <command or absolute path>
present() {
  if [[ $1 == /* ]]; then [[ -e $1 ]]; else command -v "$1" >/dev/null; fi
}

# absent_packages <thing:package…>: the packages whose thing (a command or a file) is not there.
absent_packages() {
  local pair
  for pair in "$@"; do
    present "${pair%%:*}" || printf '%s\n' "${pair#*:}"
  done | sort -u
}

# need_packages <thing:package…>: installs what is absent, or says how to.
need_packages() {
  local packages
  mapfile -t packages < <(absent_packages "$@")
  ((${#packages[@]} > 0)) || return 0
  local command="apt-get install -y --no-install-recommends ${packages[*]}"
  present apt-get || fail "missing: ${packages[*]} (names of Debian packages)" 'install them with the package manager of this system'
  may_be_root || fail "missing Debian packages, and this user may not install them" "run: sudo $command"
  heading "installing Debian packages: ${packages[*]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  quietly as_root "${apt[@]}" update || say 'apt-get update failed; trying with the package lists that are there'
  quietly as_root "${apt[@]}" install -y --no-install-recommends "${packages[@]}" ||
    fail 'the packages could not be installed (is there a network?)' "run: sudo $command"
}
