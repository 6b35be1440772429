# Whether the build is that of the sources as they are. To be sourced.

build_stamp=build/.sources

# A digest of names, sizes and times of everything the build is made from.
sources_digest() {
  find daemon client shared scripts/build scripts/build-shim package.json package-lock.json tsconfig.json \
    -type f -printf '%p %s %T@\n' | LC_ALL=C sort | sha256sum | cut -d ' ' -f 1
}

missing_build() {
  [[ -e $build_stamp && $(<"$build_stamp") == "$(sources_digest)" ]] || say 'the build'
}

bring_build() {
  heading 'building'
  scripts/build
}
