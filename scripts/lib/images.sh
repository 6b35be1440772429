# The two container images, made from Debian's own packages. To be sourced after cache.sh, packages.sh and engine.sh.
#
# gitiso/base:bookworm   what agents run in by default: Debian with git
# gitiso/busybox:test    a static busybox and nothing else: neither a C library nor git (for the tests)

# Raise it when a recipe below changes: engines and caches then drop the old image.
image_recipe=1
base_image=gitiso/base:bookworm
busybox_image=gitiso/busybox:test

image_file() {
  local name=${1#gitiso/}
  printf '%s/image-%s-%s-%s.tar.gz\n' "$cache_dir" "${name/:/-}" "$(uname -m)" "$image_recipe"
}

missing_images() {
  local image host
  for image in "$base_image" "$busybox_image"; do
    [[ -e $(image_file "$image") ]] || say "the image $image"
  done
  host=$(answering_engine) || return 0
  for image in "$base_image" "$busybox_image"; do
    engine_has_image "$host" "$image" || say "$image in the Docker Engine at $host"
  done
}

bring_images() {
  [[ -e $(image_file "$base_image") ]] || make_base_image
  [[ -e $(image_file "$busybox_image") ]] || make_busybox_image
  local host
  host=$(answering_engine) || return 0
  load_images "$host"
}

# load_images <engine>: from the cache into an engine, what it does not have.
load_images() {
  local image
  for image in "$base_image" "$busybox_image"; do
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

# pack_image <image> <tree>: into the cache; the tree is removed.
pack_image() {
  local temporary
  temporary=$(mktemp "$cache_dir/tmp.XXXXXX")
  as_root tar -C "$2" --numeric-owner --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' \
    --exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' \
    -c . | gzip -3 >"$temporary"
  as_root rm -rf --one-file-system "$2"
  sync "$temporary"
  mv "$temporary" "$(image_file "$1")"
}
