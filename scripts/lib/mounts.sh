# Mounts below a folder, and removing folders that may contain some. To be sourced after packages.sh.

# mounts_below <folder>: the folder itself and what is below it, the deepest first.
mounts_below() {
  awk -v top="$1" '$5 == top || index($5, top "/") == 1 { print $5 }' /proc/self/mountinfo | sort -r |
    while IFS= read -r mounted; do printf '%b\n' "$mounted"; done
}

release_mounts() {
  mounts_below "$1" | while IFS= read -r mounted; do as_root umount -l "$mounted"; done
}

# remove_tree <folder>: also what root made in it, and never beyond a mount.
remove_tree() {
  release_mounts "$1"
  rm -rf --one-file-system "$1" 2>/dev/null || as_root rm -rf --one-file-system "$1"
}
