# npm packages and nodegit's native part. To be sourced after cache.sh and packages.sh.

# Reads what the other functions need to know of Node and the installed packages, in one start of Node.
inspect_node() {
  present node || fail 'Node 20 or later is needed' 'install it from your distribution or https://nodejs.org'
  present npm || fail 'npm is needed' 'it comes with Node; on Debian: sudo apt-get install npm'
  local facts
  facts=$(node scripts/lib/inspect-node.mjs) || fail 'this Node will not do' 'install a newer one, for example from https://nodejs.org'
  {
    read -r modules_state
    read -r nodegit_key
    read -r node_headers
  } <<<"$facts"
}

missing_modules() {
  [[ $modules_state == complete ]] || say "npm packages ($modules_state)"
}

# From the cache, with nodegit's native part, or from the registry.
bring_modules() {
  restore_modules || install_modules
}

install_modules() {
  heading 'installing npm packages'
  quietly npm ci --ignore-scripts --no-audit --no-fund --prefer-offline ||
    fail 'the npm packages could not be installed (is the registry reachable?)' 'run: npm ci --ignore-scripts'
}

# The folder with the packages is kept for one lock file and one nodegit.
modules_file() {
  printf '%s/modules-%s-%s.tar.gz\n' "$cache_dir" "$(sha256sum package-lock.json | cut -c 1-16)" "${nodegit_key%.node}"
}

restore_modules() {
  [[ -e $(modules_file) ]] || return 1
  heading 'npm packages: restored from the cache'
  rm -rf node_modules
  quietly tar -xzf "$(modules_file)"
}

# Without nodegit's sources, which nothing reads at run time. The three newest are enough.
keep_modules() {
  local packed
  packed=$(mktemp "$cache_dir/tmp.XXXXXX")
  tar -c --exclude=node_modules/.cache --exclude=node_modules/nodegit/{src,vendor,include} node_modules |
    gzip -1 >"$packed"
  mv "$packed" "$(modules_file)"
  find "$cache_dir" -maxdepth 1 -name 'modules-*.tar.gz' -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d ' ' -f 2- |
    xargs -r -d '\n' rm -f
}

nodegit_release=node_modules/nodegit/build/Release

missing_nodegit() {
  [[ -e $nodegit_release/nodegit.node && -e $nodegit_release/$nodegit_key ]] || say "nodegit's native part"
}

# From the cache, as a prebuilt download, or compiled; each is believed only when Node can load it.
bring_nodegit() {
  restore_nodegit || download_nodegit || compile_nodegit
  touch "$nodegit_release/$nodegit_key"
  keep_modules
}

nodegit_loads() { node -e "require('nodegit')" >/dev/null 2>&1; }

restore_nodegit() {
  [[ -e $cache_dir/$nodegit_key ]] || return 1
  mkdir -p "$nodegit_release"
  cp "$cache_dir/$nodegit_key" "$nodegit_release/nodegit.node"
  nodegit_loads || return 1
  say 'nodegit: restored from the cache'
}

# GITISO_SETUP_NODEGIT=source skips the download.
download_nodegit() {
  [[ ${GITISO_SETUP_NODEGIT:-} != source ]] || return 1
  local pre_gyp=$PWD/node_modules/@mapbox/node-pre-gyp/bin/node-pre-gyp
  (cd node_modules/nodegit && timeout 30 node "$pre_gyp" install >/dev/null 2>&1) || return 1
  nodegit_loads || return 1
  keep_in_cache "$nodegit_release/nodegit.node" "$nodegit_key"
  say 'nodegit: prebuilt binary downloaded'
}

compile_nodegit() {
  # Packages from the cache come without nodegit's sources.
  [[ -d node_modules/nodegit/src ]] || install_modules
  need_packages g++:g++ make:make python3:python3 /usr/include/gssapi/gssapi.h:libkrb5-dev /usr/include/openssl/ssl.h:libssl-dev
  heading 'compiling nodegit (6 to 12 minutes on two cores, once per machine)'
  local log=$cache_dir/nodegit-build.log
  rm -f "$nodegit_release/nodegit.node"
  if ! attend run_node_gyp "$log"; then
    tail -n 30 "$log" >&2
    fail 'nodegit could not be compiled' "all of the compiler's output: $log"
  fi
  nodegit_loads || fail 'nodegit was compiled, but Node cannot load it' "run: node -e \"require('nodegit')\""
  keep_in_cache "$nodegit_release/nodegit.node" "$nodegit_key"
  # Of the build only the result is of use.
  rm -rf "$log" node_modules/nodegit/build
  mkdir -p "$nodegit_release"
  cp "$cache_dir/$nodegit_key" "$nodegit_release/nodegit.node"
}

# run_node_gyp <log>: an interrupted compilation goes on where it was.
run_node_gyp() {
  local gyp=$PWD/node_modules/node-gyp/bin/node-gyp.js options=()
  [[ -z $node_headers ]] || options+=(--nodedir="$node_headers")
  cd node_modules/nodegit || return
  node "$gyp" configure "${options[@]}" >"$1" 2>&1 &&
    node "$gyp" build -j "$(nproc)" "${options[@]}" 2>&1 | tee -a "$1" | show_objects
}

# Reads make's output, one line per object file; prints the share that is done.
show_objects() {
  local total existing
  total=$(find build -name '*.target.mk' ! -path '*http_parser/*test*' ! -name http_parser_strict.target.mk -exec grep -hE '\.o( \\)?$' {} + | wc -l)
  existing=$(find build -name '*.o' | wc -l)
  awk -v total="$total" -v done="$existing" '
    /^  (CC|CXX)\(target\)/ {
      done++
      percent = int(100 * done / total); if (percent > 100) percent = 100
      if (percent >= shown + 5) { shown = percent - percent % 5; printf "nodegit: %d %% (%d of %d files)\n", shown, done, total; fflush() }
    }'
}
