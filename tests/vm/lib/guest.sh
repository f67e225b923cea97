# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables; run shows them all
# The guest's initramfs: a cached base for (kernel, modules), a cached layer of
# libraries, and a small layer for this one run. The kernel unpacks one after the other.

# pack DIR FILE: the folder as a cpio archive in which all belongs to root.
pack() {
	(cd "$1" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0) >"$2" || die "cpio failed for $1"
}

# elf_libraries PROGRAM FOLDER…: "NAME PATH" of each library it needs or may load, found in the
# folders, then its interpreter as "/NAME PATH". Nothing for a script or a static program.
elf_libraries() {
	local program=$1 name folder path run
	shift
	local -a queue=("$program") folders=("$@") names
	local -A seen=()
	[[ $(head -c 4 "$program" | tr -d '\0') == $'\x7fELF' ]] || return 0
	run=$(LC_ALL=C readelf -W -d "$program" | sed -nE 's/.*\((RUNPATH|RPATH)\).*\[(.*)\]$/\2/p')
	IFS=: read -ra names <<<"$run"
	for path in "${names[@]}"; do
		folders=("${path/\$ORIGIN/${program%/*}}" "${folders[@]}")
	done
	while ((${#queue[@]})); do
		# What is linked, and what the program says it may load itself.
		mapfile -t names < <(LC_ALL=C readelf -W -d -p .note.dlopen "${queue[@]}" 2>/dev/null |
			sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p; s/.*"soname":\["\([^"]*\)"\].*/\1/p')
		queue=()
		for name in "${names[@]}"; do
			[[ -z ${seen[$name]:-} ]] || continue
			seen[$name]=yes
			for folder in "${folders[@]}" ''; do
				path=$folder/$name
				[[ -z $folder || ! -f $path ]] || break
			done
			[[ -n $folder ]] ||
				die "$program needs $name, which is in none of: ${folders[*]}"
			queue+=("$path")
			printf '%s %s\n' "$name" "$path"
		done
	done
	name=$(LC_ALL=C readelf -W -l "$program" |
		sed -n 's/.*program interpreter: \(.*\)\]$/\1/p')
	[[ -n $name ]] || return 0
	for folder in "${folders[@]}" ''; do
		path=$folder/${name##*/}
		[[ -z $folder || ! -f $path ]] || break
	done
	[[ -n $folder ]] ||
		die "$program needs $name, which is in none of: ${folders[*]}"
	printf '%s %s\n' "$name" "$path"
}

# fetch_tools DIR SUITE: the packages of busybox, strace and its libraries.
fetch_tools() {
	local lab_lock opt_suite=$2 apt_fresh=${apt_fresh:-} status=0
	[[ ${apt_home:-} == "$cache/apt/$2-$opt_arch" ]] || apt_fresh=
	lock "apt-$2-$opt_arch"
	apt_setup "$2" "$opt_arch"
	rm -f "$1"/*.deb
	apt_try apt_download_all "$1" busybox-static strace || status=$?
	unlock
	return "$status"
}

# fetch_any_tools DIR: where a mirror lacks a part of the suite, those of the machine's own release do:
# they bring all that they need.
fetch_any_tools() {
	local release
	fetch_tools "$1" "$opt_suite" && return
	release=$(machine_release)
	[[ -n $release && $release != "$opt_suite" ]] || return 1
	say "warning: busybox and strace cannot be fetched from $opt_suite ($opt_arch), so they are those of $release"
	fetch_tools "$1" "$release"
}

# get_tools: sets $tools_dir, a tree with busybox and strace for the guest.
# strace brings its own libraries, since the program's may be of another release.
get_tools() {
	local work tree
	tools_dir=$cache/tools/$opt_suite-$opt_arch
	[[ ! -d $tools_dir ]] || return 0
	lock "tools-$opt_suite-$opt_arch"
	if [[ ! -d $tools_dir ]]; then
		temporary_directory "$cache/tmp" tools
		work=$REPLY
		mkdir "$work/packages" "$work/tree" "$work/root"
		fetch_any_tools "$work/packages" ||
			die_with_log "$cache/apt/$opt_suite-$opt_arch/log" "busybox-static and strace cannot be fetched from $opt_suite ($opt_arch)"
		tree=$work/tree
		for deb in "$work"/packages/*.deb; do
			dpkg-deb -x "$deb" "$tree" || die "$deb cannot be unpacked"
		done
		unpack_tools "$tree" "$work/root"
		publish "$work/root" "$tools_dir"
		rm -rf "$work"
	fi
	unlock
}

# unpack_tools TREE ROOT
unpack_tools() {
	local tree=$1 root=$2 name path loader
	mkdir -p "$root/usr/bin" "$root/opt/strace"
	for path in "$tree"/{usr/,}bin/busybox; do
		[[ ! -f $path ]] || cp "$path" "$root/usr/bin/busybox"
	done
	cp "$tree/usr/bin/strace" "$root/opt/strace/strace"
	elf_libraries "$tree/usr/bin/strace" "$tree"/{usr/,}lib/"$arch_triplet" "$tree"/{usr/,}lib{,64} \
		>"$root/list"
	while read -r name path; do
		cp -L "$path" "$root/opt/strace/${name##*/}"
		loader=${name##*/}
	done <"$root/list"
	rm "$root/list"
	cat >"$root/usr/bin/strace" <<-END
		#!/bin/sh
		exec /opt/strace/$loader --library-path /opt/strace /opt/strace/strace "\$@"
	END
	chmod +x "$root/usr/bin/strace"
}

# get_base: sets $base_dir, with the files "cpio" and "modules" (what to load, in order).
get_base() {
	local key work wanted unwanted missing
	wanted="${arch_modules[*]/#/?} ${iommu_modules[*]} ${!module_parameters[*]}"
	unwanted=${module_unwanted[*]}
	key=$(sha256sum "$lab"/lib/{guest,kernel}.sh - <<<"$opt_suite $wanted / $unwanted" | sha256sum)
	base_dir=$cache/base/$opt_arch-$kernel_version-${key:0:16}
	[[ ! -d $base_dir ]] || { touch "$base_dir" && return; }
	lock "base-${base_dir##*/}"
	if [[ ! -d $base_dir ]]; then
		say "building the guest's base image"
		temporary_directory "$cache/tmp" base
		work=$REPLY
		mkdir "$work/base"
		modules_closure "$kernel_dir/lib/modules/$kernel_version" "$wanted" "$unwanted" \
			>"$work/list"
		missing=$(sed -n 's/^missing //p' "$work/list" | paste -sd' ')
		[[ -z $missing ]] || die "the kernel $kernel_version has no module $missing"
		build_base "$work/root" "$work/list" >"$work/base/modules"
		pack "$work/root" "$work/base/cpio"
		publish "$work/base" "$base_dir"
		prune "$cache/base"
		rm -rf "$work"
	fi
	unlock
}

# build_base ROOT LIST: fills ROOT, prints the modules' files as they are named there.
build_base() {
	local root=$1 modules=usr/lib/modules/$kernel_version from path plain
	from=$kernel_dir/lib/modules/$kernel_version
	mkdir -p "$root"/{dev,etc,proc,root,run,sys,tmp,home/user,boot} \
		"$root"/var/{lib,log,tmp} \
		"$root"/usr/{bin,sbin,lib,lib64} "$root/$modules"
	ln -s usr/bin "$root/bin"
	ln -s usr/sbin "$root/sbin"
	ln -s usr/lib "$root/lib"
	ln -s usr/lib64 "$root/lib64"
	ln -s ../run "$root/var/run"
	ln -s ../proc/mounts "$root/etc/mtab"
	chmod 1777 "$root/tmp"
	cp -a "$tools_dir/." "$root/"
	ln -s busybox "$root/usr/bin/sh"
	printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'user:x:1000:1000:user:/home/user:/bin/sh' >"$root/etc/passwd"
	printf '%s\n' 'root:x:0:' 'user:x:1000:' >"$root/etc/group"
	printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
	printf '%s\n' 'PRETTY_NAME="Debian GNU/Linux"' 'NAME="Debian GNU/Linux"' 'ID=debian' \
		"VERSION_CODENAME=${opt_suite%-backports}" >"$root/etc/os-release"
	[[ ! -f $kernel_dir/config ]] || cp "$kernel_dir/config" "$root/boot/config-$kernel_version"
	for path in builtin builtin.modinfo order; do
		[[ ! -f $from/modules.$path ]] || cp "$from/modules.$path" "$root/$modules/"
	done
	while read -r path; do
		plain=${path%.xz}
		mkdir -p "$root/$modules/${path%/*}"
		case $path in
		*.xz) xz -dc "$from/$path" >"$root/$modules/$plain" ;;
		*) cp "$from/$path" "$root/$modules/$plain" ;;
		esac
		printf '%s\n' "$plain"
	done <"$2"
	PATH=$PATH:/usr/sbin:/sbin depmod -b "$root/usr" "$kernel_version" ||
		die "depmod failed for the guest's modules"
}

# library_folders: where this machine keeps libraries of the guest's architecture.
library_folders() {
	local sysroot
	local -a folders
	IFS=: read -ra folders <<<"${LD_LIBRARY_PATH:-}"
	# What tests/vm/cross linked with comes first.
	sysroot=$(sysroot_folder)
	folders+=("$sysroot"/{usr/,}lib/"$arch_triplet" "$sysroot"/lib{,64})
	folders+=({/usr/local,,/usr}/lib/"$arch_triplet" "/usr/$arch_triplet/lib")
	[[ $(dpkg --print-architecture) != "$opt_arch" ]] ||
		folders+=(/usr/local/lib /lib /usr/lib /lib64 /usr/lib64)
	printf '%s\n' "${folders[@]}"
}

# get_libraries: sets $libraries_cpio, a cached layer with what the program needs of this machine.
get_libraries() {
	local work root name path key
	local -a folders
	mapfile -t folders < <(library_folders)
	elf_libraries "$program" "${folders[@]}" >"$run_dir/libraries"
	for path in /usr/share/{hwdata,misc,}/pci.ids; do
		[[ ! -f $path ]] || { printf '%s %s\n' "$path" "$path" >>"$run_dir/libraries" && break; }
	done
	key=$(cut -d' ' -f2 "$run_dir/libraries" | xargs -r stat -L -c '%n %s %Y %i' |
		sha256sum - "$lab/lib/guest.sh" | sha256sum)
	libraries_cpio=$cache/libraries/$opt_arch-${key:0:16}
	[[ ! -f $libraries_cpio ]] || { touch "$libraries_cpio" && return; }
	temporary_directory "$cache/tmp" libraries
	work=$REPLY
	root=$work/root
	mkdir -p "$root/usr/lib/$arch_triplet" "$cache/libraries"
	while read -r name path; do
		case $name in
		/*) name=/usr/${name#/usr/} ;;
		*) name=/usr/lib/$arch_triplet/$name ;;
		esac
		mkdir -p "$root${name%/*}"
		cp -L "$path" "$root$name"
	done <"$run_dir/libraries"
	pack "$root" "$work/cpio"
	mv "$work/cpio" "$libraries_cpio"
	prune "$cache/libraries"
	rm -rf "$work"
}

# build_run: $run_dir/initrd, the whole image of this run.
build_run() {
	local root=$run_dir/root number=0 command
	mkdir -p "$root/lab/setup" "$root/usr/bin"
	cp -L "$program" "$root/usr/bin/vfiodiag"
	chmod 755 "$root/usr/bin/vfiodiag"
	for command in "${opt_also[@]}"; do
		cp -L "$command" "$root/usr/bin/"
	done
	cp "$lab/guest/init" "$root/init"
	chmod 755 "$root/init"
	ln -s ../init "$root/lab/rest"
	load_list >"$root/lab/modules"
	mkdir "$root/lab/built"
	((${#built_modules[@]} == 0)) || cp "${built_modules[@]}" "$root/lab/built/"
	for command in "${opt_setup[@]}"; do
		number=$((number + 1))
		printf '%s\n' "$command" >"$root/lab/setup/$(printf %03d "$number")"
	done
	{
		printf 'hostname=%s\nuser=%s\nwrap=%s\nchannel=%s\nbind=%s\ncapture=%s\nsystem=%s\n' \
			"$(quote "$opt_hostname")" "$(quote "$opt_user")" "$(quote "$opt_wrap")" \
			"$(quote "$arch_channel")" "$(quote "${bind[*]}")" "${opt_capture:+yes}" "$opt_system"
		printf 'set --'
		for command in "${arguments[@]}"; do
			printf ' '
			quote "$command"
		done
		printf '\n'
	} >"$root/lab/job"
	pack "$root" "$run_dir/overlay"
	cat "$base_dir/cpio" ${system_cpio:+"$system_cpio"} "$libraries_cpio" "$run_dir/overlay" \
		>"$run_dir/initrd"
}

# load_list: the modules to load in order, each with the parameters it was given.
load_list() {
	local path name
	while read -r path; do
		name=${path##*/}
		name=${name%.ko}
		name=${name//-/_}
		printf '%s %s\n' "$path" "${module_parameters[$name]:-}"
	done <"$base_dir/modules"
}
