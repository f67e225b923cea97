# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables; run shows them all
# Kernels from Debian packages, unpacked in the cache.

# named_kernel META: the version that the metapackage linux-image-META of the suite depends on, into
# $REPLY.
named_kernel() {
	local depends
	depends=$(apt_depends "linux-image-$1") || true
	[[ $depends =~ linux-image-([0-9][^ ,]*) ]] || return 1
	REPLY=${BASH_REMATCH[1]}
}

# remember_kernel META VERSION: what find_kernel is to say of the suite from now on.
remember_kernel() {
	local note=$cache/default/$opt_suite-$1
	mkdir -p "$cache/default"
	printf '%s\n' "$2" >"$note.$$"
	mv "$note.$$" "$note"
}

# newest_kernel: the newest version of the series $opt_kernel that the suite lists, into $REPLY.
newest_kernel() {
	REPLY=$(suite_kernels | grep -E "^${opt_kernel//./\\.}[.0-9]*[+-].*$opt_arch\$" | sort -V | tail -n 1)
	[[ -n $REPLY ]]
}

# find_kernel: sets $kernel_version, from the option or the suite's default.
find_kernel() {
	local meta=${opt_kernel:-$opt_arch} named=named_kernel note
	if [[ $opt_kernel =~ ^[0-9]+\.[0-9]+$ ]]; then
		named=newest_kernel meta=$opt_kernel-$opt_arch
	elif [[ $opt_kernel == [0-9]* ]]; then
		kernel_version=$opt_kernel
		return
	fi
	note=$cache/default/$opt_suite-$meta
	if [[ ! -s $note || -n $opt_refresh ]]; then
		lock "apt-$opt_suite-$opt_arch"
		apt_setup "$opt_suite" "$opt_arch"
		apt_try "$named" "$meta" ||
			die_with_log "$apt_home/log" "linux-image-$meta of $opt_suite names no kernel"
		remember_kernel "$meta" "$REPLY"
		unlock
	fi
	kernel_version=$(<"$note")
}

# fetch_kernel_packages DIR: the packages of $kernel_version.
# From 6.19 on the image package is empty and names the others. A mirror keeps the base of a kernel for a
# shorter time, and only its configuration is in that.
fetch_kernel_packages() {
	local image=linux-image-$kernel_version package
	local -a parts=()
	rm -f "$1"/*.deb
	apt_download "$1" "$image" || return
	mapfile -t parts < <(dpkg-deb -f "$1/linux-image-"*.deb Depends |
		grep -oE 'linux-(base|binary|modules)-[0-9][^ ,]*' | sort -u || true)
	for package in "${parts[@]}"; do
		apt_download "$1" "$package" || [[ $package == linux-base-* ]] || return
	done
}

# older_kernels: the three before $kernel_version that the suite lists, the newest first. Of the same
# major number, since a backports suite lists the kernels of its release too. Three, since each may
# cost a timeout where there is no network.
older_kernels() {
	local version
	{ suite_kernels && printf '%s\n' "$kernel_version"; } | sort -Vu | while read -r version; do
		[[ $version != "$kernel_version" ]] || break
		[[ $version != "${kernel_version%%.*}".*-"$opt_arch" ]] || printf '%s\n' "$version"
	done | tac | head -n 3
}

# fetch_older_kernel DIR: a mirror may list a kernel that it does not have, and who named none can do
# with the one before. Sets and remembers $kernel_version; DIR gets its packages, unless the cache
# has it.
fetch_older_kernel() {
	local newest=$kernel_version
	local -a older
	[[ -z $opt_kernel ]] || return
	mapfile -t older < <(older_kernels)
	for kernel_version in "${older[@]}"; do
		[[ -d $cache/kernel/$opt_arch/$kernel_version ]] || fetch_kernel_packages "$1" || continue
		say "warning: $newest cannot be fetched from $opt_suite ($opt_arch), so the kernel is $kernel_version"
		remember_kernel "$opt_arch" "$kernel_version"
		return
	done
	kernel_version=$newest
	return 1
}

# unpack_kernel FROM TO: vmlinuz, config and lib/modules/VERSION of the packages in FROM.
unpack_kernel() {
	local from=$1 to=$2 deb modules image
	mkdir -p "$from/tree" "$to/lib/modules"
	say "unpacking the kernel $kernel_version"
	for deb in "$from"/*.deb; do
		dpkg-deb -x "$deb" "$from/tree" || die "$deb cannot be unpacked"
	done
	for modules in "$from"/tree/{usr/,}lib/modules/"$kernel_version"; do
		[[ -d $modules/kernel ]] && break
	done
	[[ -d $modules/kernel ]] || die "the packages of $kernel_version hold no modules"
	for image in "$modules/vmlinuz" "$from/tree/boot/vmlinuz-$kernel_version" \
		"$from"/tree/{usr/,}lib/modules/"$kernel_version"/vmlinuz; do
		[[ -f $image ]] && break
	done
	[[ -f $image ]] || die "the packages of $kernel_version hold no vmlinuz"
	mv "$image" "$to/vmlinuz"
	boot_image "$to/vmlinuz" "$to/image"
	mv "$modules" "$to/lib/modules/$kernel_version"
	for image in "$from/tree/boot/config-$kernel_version" "$to/lib/modules/$kernel_version/config"; do
		[[ ! -f $image ]] || cp "$image" "$to/config"
	done
	PATH=$PATH:/usr/sbin:/sbin depmod -b "$to" "$kernel_version" ||
		die "depmod failed for $kernel_version"
}

# number FILE OFFSET SIZE: a number that stands in the file, least byte first.
number() {
	od -An -tu"$3" -j "$2" -N "$3" "$1" | tr -d ' '
}

# uncompress FILE: to standard output, by what the file begins with.
uncompress() {
	case $(od -An -tx1 -N 4 "$1" | tr -d ' ') in
	fd377a58) xz -dc --single-stream "$1" ;;
	28b52ffd) zstd -dc "$1" ;;
	1f8b*) gzip -dc "$1" ;;
	*) return 1 ;;
	esac 2>/dev/null
}

# packed_kernel VMLINUZ: where the compressed kernel lies in it, as "OFFSET SIZE".
packed_kernel() {
	case $opt_arch in
	amd64)
		# The last four bytes are not the compressor's.
		printf '%d %d\n' $((($(number "$1" 0x1f1 1) + 1) * 512 + $(number "$1" 0x248 4))) \
			$(($(number "$1" 0x24c 4) - 4))
		;;
	arm64)
		# An EFI image that carries a compressed kernel says so.
		[[ $(dd if="$1" bs=1 skip=4 count=4 status=none | tr -d '\0') == zimg ]] || return 1
		printf '%d %d\n' "$(number "$1" 8 4)" "$(number "$1" 12 4)"
		;;
	*)
		return 1
		;;
	esac
}

# uncompress_kernel VMLINUZ IMAGE
uncompress_kernel() {
	local offset size
	read -r offset size < <(packed_kernel "$1") || return
	dd if="$1" of="$2.packed" bs=64K iflag=skip_bytes,count_bytes \
		skip="$offset" count="$size" status=none || return
	uncompress "$2.packed" >"$2" || return
	rm "$2.packed"
	[[ $opt_arch != amd64 ]] || readelf -Wn "$2" 2>/dev/null | grep 'Xen.*0x00000012' >/dev/null
}

# boot_image VMLINUZ IMAGE: what QEMU boots. The guest would take longer to uncompress
# its kernel than to boot it, so that is done here. QEMU enters an x86 kernel by its PVH
# note; where there is none, or anything is unusual, it boots the package's file.
boot_image() {
	uncompress_kernel "$1" "$2" || ln -f "$1" "$2"
	rm -f "$2.packed"
}

# get_kernel: sets $kernel_dir, with image, vmlinuz, config and lib/modules/VERSION.
get_kernel() {
	kernel_dir=$cache/kernel/$opt_arch/$kernel_version
	[[ ! -d $kernel_dir ]] || return 0
	PATH=$PATH:/usr/sbin:/sbin need_command depmod kmod
	lock "apt-$opt_suite-$opt_arch"
	[[ -d $kernel_dir ]] || fetch_kernel
	unlock
}

# fetch_kernel: $kernel_version into the cache, or an older one, which $kernel_version and
# $kernel_dir then name.
fetch_kernel() {
	local work
	apt_setup "$opt_suite" "$opt_arch"
	temporary_directory "$cache/tmp" kernel
	work=$REPLY
	mkdir "$work/packages" "$work/kernel"
	apt_try fetch_kernel_packages "$work/packages" || fetch_older_kernel "$work/packages" ||
		die_with_log "$apt_home/log" "linux-image-$kernel_version cannot be fetched from $opt_suite ($opt_arch); the suite has: $(suite_kernels | sort -V | tail -n 8 | paste -sd' ')"
	kernel_dir=$cache/kernel/$opt_arch/$kernel_version
	if [[ ! -d $kernel_dir ]]; then
		unpack_kernel "$work/packages" "$work/kernel"
		publish "$work/kernel" "$kernel_dir"
	fi
	rm -rf "$work"
}

# suite_kernels: the versions that the suite lists, one a line.
suite_kernels() {
	apt_run apt-cache pkgnames linux-image- 2>/dev/null |
		sed -n 's/^linux-image-\([0-9].*\)/\1/p' |
		grep -vE -e '-(dbg|unsigned|cloud|rt)|template|^[0-9.]+-[a-z]+$' || true
}

# modules_closure DEP WANTED UNWANTED: files to load, in order, from a modules.dep.
# WANTED and UNWANTED are words; a leading "?" means "if there is one".
# Unknown names are printed as "missing NAME".
modules_closure() {
	awk -v wanted="$2" -v unwanted="$3" '
	function name(path) {
		sub(/.*\//, "", path)
		sub(/\.ko(\.[a-z0-9]+)?$/, "", path)
		gsub(/-/, "_", path)
		return path
	}
	FNR == NR {
		path = $1
		sub(/:$/, "", path)
		file[name(path)] = path
		for (i = 2; i <= NF; i++)
			deps[path] = deps[path] " " $i
		next
	}
	{
		word = name($0)
		builtin[word] = 1
	}
	function add(path) {
		if (!(path in done)) {
			done[path] = 1
			print path
		}
	}
	END {
		n = split(unwanted, list, " ")
		for (i = 1; i <= n; i++)
			out[name(list[i])] = 1
		n = split(wanted, list, " ")
		for (i = 1; i <= n; i++) {
			word = list[i]
			maybe = sub(/^\?/, "", word)
			word = name(word)
			if (word in out || word in builtin)
				continue
			if (!(word in file)) {
				if (!maybe)
					print "missing " word
				continue
			}
			m = split(deps[file[word]], dep, " ")
			skip = 0
			for (j = 1; j <= m; j++)
				skip = skip || (name(dep[j]) in out)
			if (skip)
				continue
			for (j = m; j > 0; j--)
				add(dep[j])
			add(file[word])
		}
	}' "$1/modules.dep" "$1/modules.builtin"
}
