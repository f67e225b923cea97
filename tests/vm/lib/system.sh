# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables; run shows them all
# A Debian userland with systemd as the first process (--system). Its packages are unpacked and not
# installed: what their scripts would do is done here, as far as it is needed.

readonly system_packages=(systemd systemd-sysv dbus libpam-modules libpam-systemd)

# Of the packages that these depend on, what nothing in the guest asks for.
readonly system_unused=('debconf_*' 'perl-base_*' 'libpam-runtime_*' 'gcc-*-base_*' 'libapparmor1-*'
	'adduser_*' 'passwd_*' 'login_*' 'tar_*' 'dpkg_*' 'systemd-timesyncd_*' 'libdb5*')

# fetch_system DIR RELEASE: the packages.
fetch_system() {
	local lab_lock opt_suite=$2 apt_fresh=${apt_fresh:-} status=0
	[[ ${apt_home:-} == "$cache/apt/$2-$opt_arch" ]] || apt_fresh=
	lock "apt-$2-$opt_arch"
	apt_setup "$2" "$opt_arch"
	apt_try apt_download_all "$1" "${system_packages[@]}" || status=$?
	unlock
	return "$status"
}

# get_system: sets $system_cpio, a cached layer. It is of the machine's own release where that is one
# of Debian's, since the program brings its libraries, the C library among them, from there.
get_system() {
	local work release key deb
	release=$(machine_release)
	[[ -r $keyring && $release =~ ^[a-z]+$ && $(. /etc/os-release && echo "$ID") == debian ]] ||
		release=$opt_suite
	key=$(sha256sum "$lab/lib/system.sh" | cut -c -16)
	system_cpio=$cache/system/$release-$opt_arch-$key
	[[ ! -f $system_cpio ]] || { touch "$system_cpio" && return; }
	lock "system-$release-$opt_arch"
	if [[ ! -f $system_cpio ]]; then
		temporary_directory "$cache/tmp" system
		work=$REPLY
		mkdir -p "$work/packages" "$work/root"/usr/{bin,sbin,lib,lib64} "$cache/system"
		fetch_system "$work/packages" "$release" ||
			die_with_log "$cache/apt/$release-$opt_arch/log" "systemd and dbus cannot be fetched from $release ($opt_arch)"
		for deb in "${system_unused[@]}"; do
			# shellcheck disable=SC2086 # a pattern
			rm -f "$work"/packages/$deb
		done
		ln -s usr/bin usr/sbin usr/lib usr/lib64 "$work/root"
		for deb in "$work"/packages/*.deb; do
			dpkg-deb --fsys-tarfile "$deb" |
				tar -x --keep-directory-symlink -C "$work/root" || die "$deb cannot be unpacked"
		done
		furnish_system "$work/root"
		pack "$work/root" "$work/cpio"
		mv "$work/cpio" "$system_cpio"
		prune "$cache/system"
		rm -rf "$work"
	fi
	unlock
}

# furnish_system ROOT: users, a PAM service, and what is not started.
furnish_system() {
	local root=$1 name
	rm -rf "$root"/usr/share/{doc,man,locale,info,lintian,bug,perl5,bash-completion,zsh,i18n} \
		"$root"/usr/lib/udev/hwdb.d "$root"/usr/lib/systemd/catalog
	mkdir -p "$root"/etc/{pam.d,security/limits.d,systemd/system} "$root"/var/lib "$root"/home/user
	cat >"$root/etc/passwd" <<-'END'
		root:x:0:0:root:/root:/bin/sh
		messagebus:x:100:100::/nonexistent:/bin/false
		user:x:1000:1000:user:/home/user:/bin/sh
		idle:x:1001:1001:idle:/home/user:/bin/sh
		qemu:x:1002:1002:qemu:/home/user:/bin/sh
	END
	cat >"$root/etc/group" <<-'END'
		root:x:0:
		messagebus:x:100:
		kvm:x:36:
		user:x:1000:
		idle:x:1001:
		qemu:x:1002:
	END
	printf '%s\n' 'account required pam_permit.so' 'session required pam_limits.so' \
		'session optional pam_systemd.so' | tee "$root/etc/pam.d/lab" >"$root/etc/pam.d/systemd-user"
	: >"$root/etc/machine-id"
	: >"$root/etc/fstab"
	# They wait for devices, keep logs on a disk or look after hardware that is not there.
	for name in systemd-udevd.service systemd-udev-trigger.service systemd-hwdb-update.service \
		systemd-journal-flush.service systemd-journal-catalog-update.service ldconfig.service \
		systemd-update-utmp.service systemd-update-done.service systemd-random-seed.service \
		systemd-machine-id-commit.service systemd-modules-load.service systemd-sysusers.service \
		systemd-firstboot.service systemd-network-generator.service systemd-pstore.service \
		systemd-remount-fs.service getty.target apt-daily.timer dpkg-db-backup.timer \
		systemd-pcrphase-sysinit.service systemd-pcrphase.service; do
		ln -sf /dev/null "$root/etc/systemd/system/$name"
	done
	cat >"$root/etc/systemd/system/lab.service" <<-'END'
		[Unit]
		After=dbus.socket systemd-logind.service
		Wants=systemd-logind.service
		[Service]
		Type=oneshot
		ExecStart=/lab/rest
		StandardOutput=file:/dev/console
		StandardError=inherit
	END
}
