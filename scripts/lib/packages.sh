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

# without_services <command…>: what it installs starts no service, now or later.
without_services() {
  local guard=/usr/sbin/policy-rc.d before after unit code=0
  may_be_root || { "$@"; return; }
  before=$(enabled_services)
  if [[ -e $guard ]]; then guard=''; else
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$guard" >/dev/null
    as_root chmod 755 "$guard"
  fi
  # In a process of its own: a failure ends it, and the guard still goes.
  ("$@") || code=$?
  [[ -z $guard ]] || as_root rm -f "$guard"
  after=$(enabled_services)
  while read -r unit; do
    [[ -z $unit ]] || as_root systemctl --quiet disable "$unit"
  done < <(comm -13 <(printf '%s\n' "$before") <(printf '%s\n' "$after"))
  return "$code"
}

enabled_services() {
  [[ ! -d /run/systemd/system ]] ||
    systemctl list-unit-files --type=service --state=enabled --no-legend | awk '{ print $1 }' | sort
}
