# What is slow to make is kept in the user's cache folder, for every clone on the machine. To be sourced.

cache_dir=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/gitiso

# Waits until no other set-up runs on this machine. The lock ends with the calling process.
lock_cache() {
  mkdir -p "$cache_dir"
  exec {cache_lock}>"$cache_dir/setup.lock"
  if ! flock -n "$cache_lock"; then
    say 'another set-up is running on this machine; waiting for it'
    flock "$cache_lock"
  fi
  sweep_cache
}

# Removes unfinished work; only with the lock.
sweep_cache() {
  local leftover
  for leftover in "$cache_dir"/tmp.*; do
    [[ -e $leftover ]] || continue
    remove_tree "$leftover"
  done
}

# keep_in_cache <file> <name>: a copy appears under its name complete or not at all.
keep_in_cache() {
  local temporary
  temporary=$(mktemp "$cache_dir/tmp.XXXXXX")
  cp "$1" "$temporary"
  chmod 0644 "$temporary"
  sync "$temporary"
  mv "$temporary" "$cache_dir/$2"
}
