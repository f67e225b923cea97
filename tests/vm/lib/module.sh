# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables; run shows them all
# Modules of the lab's own, built for the kernel with the headers of its package.

# fetch_headers DIR: linux-headers of $kernel_version and what they need to build modules.
fetch_headers() {
	local package depends
	rm -f "$1"/*.deb
	depends=$(apt_depends "linux-headers-$kernel_version") || return
	for package in "linux-headers-$kernel_version" $(grep -oE 'linux-(headers|kbuild)-[0-9][^ ,]*' <<<"$depends" || true); do
		apt_download "$1" "$package" || return
	done
}

# fetch_these_headers DIR: a mirror keeps those of the newest kernel. Who named no kernel gets that one.
fetch_these_headers() {
	apt_try fetch_headers "$1" && return
	[[ -z $opt_kernel ]] || return 1
	apt_try named_kernel "$opt_arch" || return
	remember_kernel "$opt_arch" "$REPLY"
	kernel_version=$REPLY
	fetch_headers "$1"
}

# unpack_headers FROM TO
unpack_headers() {
	local deb
	mkdir -p "$2"
	for deb in "$1"/*.deb; do
		dpkg-deb -x "$deb" "$2" || die "$deb cannot be unpacked"
	done
}

# get_headers: sets $headers_dir, the folder that the kernel's makefiles are in.
get_headers() {
	local tree=$cache/headers/$opt_arch-$kernel_version work
	if [[ ! -d $tree ]]; then
		lock "apt-$opt_suite-$opt_arch"
		apt_setup "$opt_suite" "$opt_arch"
		temporary_directory "$cache/tmp" headers
		work=$REPLY
		mkdir "$work/packages"
		fetch_these_headers "$work/packages" ||
			die_with_log "$apt_home/log" "linux-headers-$kernel_version cannot be fetched from $opt_suite ($opt_arch)"
		tree=$cache/headers/$opt_arch-$kernel_version
		unpack_headers "$work/packages" "$work/tree"
		# They name each other where a package would have put them.
		sed -i "s|^include /usr/src/|include $tree/usr/src/|" \
			"$work/tree/usr/src/linux-headers-$kernel_version/Makefile"
		publish "$work/tree" "$tree"
		rm -rf "$work"
		unlock
	fi
	headers_dir=$tree/usr/src/linux-headers-$kernel_version
}

# build_module NAME: sets $REPLY to the module's file, in the cache.
build_module() {
	local name=$1 source=$lab/guest/$1.c key work
	key=$({ printf "%s\n" "$name" && cat "$source"; } | sha256sum | cut -c1-16)
	local built=$cache/module/$opt_arch-$kernel_version-$key
	if [[ ! -d $built ]]; then
		get_headers
		built=$cache/module/$opt_arch-$kernel_version-$key
		say "building the module $name for $kernel_version"
		temporary_directory "$cache/tmp" module
		work=$REPLY
		mkdir "$work/module"
		cp "$source" "$work/module/$name.c"
		printf 'obj-m := %s.o\n' "$name" >"$work/module/Makefile"
		make -s -C "$headers_dir" M="$work/module" CONFIG_DEBUG_INFO_BTF_MODULES= modules \
			>"$work/log" 2>&1 || die_with_log "$work/log" "the module $name cannot be built"
		mkdir "$work/built"
		strip -g -o "$work/built/$name.ko" "$work/module/$name.ko"
		publish "$work/built" "$built"
		rm -rf "$work"
	fi
	REPLY=$built/$name.ko
}

# build_modules: sets $built_modules. Comes before the kernel is unpacked, which may become another one.
build_modules() {
	local name
	built_modules=()
	for name in "${opt_build[@]}"; do
		build_module "$name"
		built_modules+=("$REPLY")
	done
}
