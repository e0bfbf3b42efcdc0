#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Boots a machine with two NUMA nodes, emulated in software, with Debian's kernel and an initramfs of nothing but
# busybox, numactl, faultline, a lab service and some unit tests; runs the init beside this script in it.
# usage: machine.sh BINARY_DIR FOLDER     FOLDER/kernel is kept; FOLDER/out is what the machine said
# Emulated: placement, policies and distances are real; how long memory takes is not.
set -euo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
source=$here/../../..
binaries=${1:?the folder of the build} folder=${2:?a folder}
limit_seconds=300  # a minute and a half where nothing else runs
mkdir -p "$folder"
trap 'rm -rf "$folder"/tree.?????? "$folder"/fetch.??????' EXIT  # also of a run that broke

kernel_image() {  # -> FOLDER/kernel/PACKAGE, fetched when Debian has another; the one at hand when there is no network
  local package image
  package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | awk '/Depends: linux-image-/ { print $2; exit }')
  image=$folder/kernel/$package
  if [[ -z $package || ! -f $image ]] && ! fetch_kernel "$package" "$image" >"$folder/kernel.log" 2>&1; then
    image=$(find "$folder/kernel" -name 'linux-image-*' 2>/dev/null | sort | tail -n 1)
  fi
  if [[ ! -f $image ]]; then
    echo "no kernel: apt-get download did not get Debian's linux-image-cloud-amd64, see $folder/kernel.log" >&2
    exit 75
  fi
  echo "$image"
}

fetch_kernel() {  # PACKAGE IMAGE
  [[ -n $1 ]] || { echo "apt knows no linux-image-cloud-amd64"; return 1; }
  local aside
  aside=$(mktemp -d "$folder/fetch.XXXXXX")
  (cd "$aside" && apt-get download "$1") && dpkg-deb --extract "$aside"/*.deb "$aside/root" &&
    mkdir -p "$folder/kernel" && mv "$aside"/root/boot/vmlinuz-* "$2"
}

add_program() {  # FILE PLACE: into the tree, without symbols, with the libraries that it was linked with
  local library
  mkdir -p "$(dirname "$tree$2")"
  strip -o "$tree$2" "$1"
  ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
    [[ -f $tree$library ]] && continue
    mkdir -p "$tree$(dirname "$library")"
    cp -L "$library" "$tree$library"
  done || true  # a static program has none
}

make_initramfs() {  # IMAGE
  tree=$(mktemp -d "$folder/tree.XXXXXX")
  chmod 755 "$tree"
  mkdir -p "$tree"/{bin,etc,proc,sys,dev,tmp,opt/faultline/share/faultline}
  echo 'nobody:x:65534:65534::/:/bin/sh' >"$tree/etc/passwd"
  cp "$here/init" "$tree/init"
  add_program "$(command -v busybox)" /bin/busybox
  add_program "$(command -v numactl)" /bin/numactl
  add_program "$(command -v numastat)" /bin/numastat
  add_program "$binaries/faultline" /opt/faultline/bin/faultline
  add_program "$binaries/tests/lab/remote_memory" /opt/lab/remote_memory
  add_program "$binaries/tests/test_unit_advisor_ladder" /opt/tests/test_unit_advisor_ladder
  cp -r "$source/policies" "$tree/opt/faultline/share/faultline/policies"
  (cd "$tree" && find . | cpio --create --format=newc --owner=0:0 --quiet | gzip -1) >"$1"
  rm -rf "$tree"
}

run_machine() {  # KERNEL INITRAMFS -> whether it finished
  rm -rf "$folder/out" "$folder/out.tar.gz"
  # no_timer_check: the kernel gives up when an emulated timer is late on a busy machine.
  timeout "$limit_seconds" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 4,sockets=2,cores=2 -m 1G \
    -object memory-backend-ram,size=512M,id=m0 -object memory-backend-ram,size=512M,id=m1 \
    -numa node,nodeid=0,cpus=0-1,memdev=m0 -numa node,nodeid=1,cpus=2-3,memdev=m1 -numa dist,src=0,dst=1,val=21 \
    -kernel "$1" -initrd "$2" -append 'console=ttyS0 quiet panic=-1 no_timer_check' \
    -serial "file:$folder/console.log" -serial "file:$folder/out.tar.gz" \
    -display none -nic none -no-reboot </dev/null || true
  mkdir -p "$folder/out"
  tar -x -z -f "$folder/out.tar.gz" -C "$folder/out" 2>/dev/null
}

kernel=$(kernel_image)
make_initramfs "$folder/initramfs.gz"
run_machine "$kernel" "$folder/initramfs.gz" && exit
echo "the machine did not finish in $limit_seconds s; how far it came is in $folder/console.log:" >&2
tail -n 5 "$folder/console.log" >&2
exit 1
