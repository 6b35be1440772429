# The container images, made from Debian's own packages. To be sourced after cache.sh, packages.sh and engine.sh.
#
# gitiso/base:bookworm      what agents run in by default: Debian with git
# gitiso/busybox:test       a static busybox and nothing else: neither a C library nor git (for the tests)
# gitiso/clients:bookworm   the base image with git clients that people use (for the tests)

# Raise it when a recipe below changes: engines and caches then drop the old image.
image_recipe=1
base_image=gitiso/base:bookworm
busybox_image=gitiso/busybox:test
clients_image=gitiso/clients:bookworm
# In the order in which they are made.
images=("$base_image" "$busybox_image" "$clients_image")
client_packages=(emacs-nox elpa-magit git-absorb git-lfs git-revise less nodejs pre-commit tig vim vim-fugitive)

image_file() {
  local name=${1#gitiso/}
  printf '%s/image-%s-%s-%s.tar.gz\n' "$cache_dir" "${name/:/-}" "$(uname -m)" "$image_recipe"
}

missing_images() {
  local image host
  for image in "${images[@]}"; do
    [[ -e $(image_file "$image") ]] || say "the image $image"
  done
  host=$(answering_engine) || return 0
  for image in "${images[@]}"; do
    engine_has_image "$host" "$image" || say "$image in the Docker Engine at $host"
  done
}

bring_images() {
  [[ -e $(image_file "$base_image") ]] || make_base_image
  [[ -e $(image_file "$busybox_image") ]] || make_busybox_image
  [[ -e $(image_file "$clients_image") ]] || make_clients_image
  local host
  host=$(answering_engine) || return 0
  load_images "$host"
}

# load_images <engine>: from the cache into an engine, what it does not have.
load_images() {
  local image
  for image in "${images[@]}"; do
    engine_has_image "$1" "$image" && continue
    heading "loading $image into the Docker Engine"
    quietly docker -H "$1" import --change "LABEL gitiso.recipe=$image_recipe" "$(image_file "$image")" "$image"
  done
}

engine_has_image() {
  [[ $(docker -H "$1" image inspect --format '{{index .Config.Labels "gitiso.recipe"}}' "$2" 2>/dev/null) == "$image_recipe" ]]
}

make_base_image() {
  need_packages debootstrap:debootstrap
  may_be_root || fail 'the base image is made with debootstrap, which needs root' 'run: sudo scripts/setup'
  heading "making $base_image with debootstrap (one or two minutes, once per machine)"
  local tree mirror
  tree=$(mktemp -d)
  mirror=$(debian_mirror)
  if ! quietly as_root debootstrap --variant=minbase --include=git,ca-certificates bookworm "$tree" ${mirror:+"$mirror"}; then
    as_root rm -rf --one-file-system "$tree"
    fail 'debootstrap failed (is the Debian mirror reachable?)' "run: sudo debootstrap bookworm /some/folder${mirror:+ $mirror}"
  fi
  pack_image "$base_image" "$tree"
}

# The mirror this machine's own packages come from; nothing when that is unknown: debootstrap then takes its default.
debian_mirror() {
  present apt-get || return 0
  # shellcheck disable=SC2016 # the variables are apt-get's
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' |
    awk '$2 == "bookworm" && $3 == "main" && $1 ~ /^https?:/ { print $1; exit }'
}

make_busybox_image() {
  need_packages /bin/busybox:busybox-static
  heading "making $busybox_image"
  local tree applet
  tree=$(mktemp -d)
  mkdir -p "$tree"/{bin,etc,tmp,proc,sys,dev}
  chmod 1777 "$tree/tmp"
  cp /bin/busybox "$tree/bin/busybox"
  for applet in $(/bin/busybox --list); do
    [[ $applet == busybox ]] || ln -s busybox "$tree/bin/$applet"
  done
  printf 'root:x:0:0:root:/:/bin/sh\n' >"$tree/etc/passwd"
  pack_image "$busybox_image" "$tree"
}

make_clients_image() {
  need_packages unshare:util-linux
  present apt-get || fail "$clients_image is made with apt-get" "copy this file from a Debian machine: $(image_file "$clients_image")"
  may_be_root || fail "$clients_image is made with apt-get, which needs root" 'run: sudo scripts/setup'
  heading "making $clients_image (about two minutes, once per machine)"
  local tree
  tree=$(mktemp -d)
  gzip -dc "$(image_file "$base_image")" | as_root tar -C "$tree" --numeric-owner -xp
  if ! quietly as_root unshare --mount scripts/lib/install-in-tree "$tree" "${client_packages[@]}"; then
    as_root rm -rf --one-file-system "$tree"
    fail "the packages of $clients_image could not be installed (is the Debian mirror reachable?)"
  fi
  # Emacs' compiler of Lisp brings a C compiler, and packages bring documentation; no client needs them to run.
  pack_image "$clients_image" "$tree" ./usr/lib/gcc ./usr/include ./usr/share/info ./usr/share/vim/vim90/{doc,lang,spell,tutor} \
    ./usr/share/emacs/28.2/etc/{tutorials,images} './usr/lib/*/lib?san.so*' './usr/lib/*/*.a'
}

# pack_image <image> <tree> [what to leave out…]: into the cache; the tree is removed.
pack_image() {
  local image=$1 tree=$2 temporary
  shift 2
  temporary=$(mktemp "$cache_dir/tmp.XXXXXX")
  as_root tar -C "$tree" --numeric-owner --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' \
    --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' \
    "${@/#/--exclude=}" -c . | gzip -3 >"$temporary"
  as_root rm -rf --one-file-system "$tree"
  sync "$temporary"
  mv "$temporary" "$(image_file "$image")"
}
