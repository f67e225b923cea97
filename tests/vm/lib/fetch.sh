# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables; run shows them all
# Debian packages of any suite and architecture, fetched by apt with a
# configuration of the lab's own. The mirror is the machine's.

readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# suite_list SUITE: "archive suite" or "security suite", one a line.
suite_list() {
	local base=${1%-backports}
	printf 'archive %s\n' "$base"
	case $base in
	sid | unstable) ;;
	*) printf 'archive %s\nsecurity %s\n' "$base-updates" "$base-security" ;;
	esac
	[[ $base == "$1" ]] || printf 'archive %s\n' "$1"
}

# machine_release: the Debian release that this machine has.
machine_release() {
	# shellcheck source=/dev/null
	(. /etc/os-release && printf '%s\n' "${VERSION_CODENAME:-}")
}

# machine_sources: the machine's apt sources, as "URI SUITE COMPONENT ORIGIN".
# apt itself reads them, so every format is understood. The second list is for a machine
# whose package lists were removed; a wrong guess there would not pass the signature check.
machine_sources() {
	# shellcheck disable=SC2016 # apt expands these, not the shell
	env -u APT_CONFIG apt-get indextargets \
		--format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)' 'Created-By: Packages'
	env -u APT_CONFIG apt-get --print-uris update |
		sed -nE "s|^'(.*)/dists/([^/]+)/InRelease'.*|\1/ \2 main Debian|p"
}

# machine_mirrors: the Debian mirrors among them, as "archive URI" and "security URI".
machine_mirrors() {
	machine_sources 2>/dev/null | awk '$1 ~ /^https?:/ && $3 == "main" && $4 == "Debian" {
		kind = ""
		if ($2 ~ /^[a-z]+-security$/)
			kind = "security"
		else if ($2 ~ /^(bullseye|bookworm|trixie|forky|duke|sid|oldoldstable|oldstable|stable|testing|unstable)$/)
			kind = "archive"
		if (kind && !(kind in seen)) {
			seen[kind] = 1
			print kind, $1
		}
	}'
}

# sources_list SUITE: the sources.list for it.
sources_list() {
	local kind name uri
	local -A mirror=()
	while read -r kind uri; do
		mirror[$kind]=$uri
	done < <(machine_mirrors)
	while read -r kind name; do
		[[ -n ${mirror[$kind]:-} ]] ||
			die "the machine's apt sources name no Debian $kind mirror over http or https, so $1 cannot be fetched"
		printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "${mirror[$kind]}" "$name"
	done < <(suite_list "$1")
}

# apt_setup SUITE ARCH: a private apt; sets $apt_home. Call with the lock held.
apt_setup() {
	apt_home=$cache/apt/$1-$2
	need_command apt-get apt
	need_command dpkg-deb dpkg
	[[ -r $keyring ]] ||
		die "the file $keyring is missing; on Debian it is in the package debian-archive-keyring"
	mkdir -p "$apt_home"/{lists,cache,state}
	sources_list "$1" >"$apt_home/sources.list.new"
	mv "$apt_home/sources.list.new" "$apt_home/sources.list"
	: >"$apt_home/status"
	{
		# How to reach the network is the machine's business: proxies, retries, dates.
		env -u APT_CONFIG apt-config dump |
			grep -E '^Acquire::(http|https|Retries|Check-Valid-Until|Check-Date|ForceIPv[46])\b' || true
		cat <<-END
			Dir::Etc::Main "/dev/null";
			Dir::Etc::Parts "/dev/null";
			Dir::Etc::SourceList "$apt_home/sources.list";
			Dir::Etc::SourceParts "/dev/null";
			Dir::Etc::Preferences "/dev/null";
			Dir::Etc::PreferencesParts "/dev/null";
			Dir::State "$apt_home/state";
			Dir::State::Lists "$apt_home/lists";
			Dir::State::status "$apt_home/status";
			Dir::Cache "$apt_home/cache";
			Dir::Cache::srcpkgcache "";
			Dir::Log "$apt_home/state";
			APT::Architecture "$2";
			APT::Architectures { "$2"; };
			APT::Sandbox::User "root";
			APT::Install-Recommends "false";
			APT::Update::Error-Mode "any";
			Acquire::Languages "none";
			Debug::NoLocking "true";
		END
		[[ $1 != *-backports ]] || printf 'APT::Default-Release "%s";\n' "$1"
	} >"$apt_home/apt.conf"
}

apt_run() {
	APT_CONFIG=$apt_home/apt.conf "$@" </dev/null
}

# apt_update: the lists of the suite itself are needed. Mirrors are now and then behind
# with the lists of its updates; apt then uses none of them, or the ones of before.
apt_update() {
	local -a lists
	say "reading the package lists of $opt_suite ($opt_arch)"
	if ! apt_run apt-get -q update >"$apt_home/log" 2>&1; then
		mapfile -t lists < <(compgen -G "$apt_home/lists/*_dists_${opt_suite}_main_binary-${opt_arch}_Packages*" || true)
		((${#lists[@]})) ||
			die_with_log "$apt_home/log" "apt could not read the package lists of $opt_suite"
		say "warning: some lists of $opt_suite could not be read, so the kernel may not be the newest"
		[[ -z $opt_prepare ]] || grep '^E: Failed' "$apt_home/log" >&2 || true
	fi
	touch "$apt_home/updated"
	apt_fresh=yes
}

# apt_try COMMAND…: run it; if it fails on old lists, refresh them and try once more.
apt_try() {
	[[ -e $apt_home/updated && -z $opt_refresh || -n ${apt_fresh:-} ]] || apt_update
	"$@" && return
	[[ -n ${apt_fresh:-} ]] && return 1
	apt_update
	"$@"
}

# apt_depends PACKAGE: its Depends field.
apt_depends() {
	apt_run apt-cache --no-all-versions show "$1" 2>"$apt_home/log" | sed -n 's/^Depends: //p'
}

# apt_download DIR PACKAGE…: the packages themselves, into DIR.
apt_download() {
	local dir=$1
	shift
	say "fetching $*"
	(cd "$dir" && apt_run apt-get -q download "$@") >"$apt_home/log" 2>&1
}

# apt_download_all DIR PACKAGE…: the packages and all that they depend on, into DIR.
# Of any age: where a mirror lacks the security updates, those of the release do.
apt_download_all() {
	local dir=$1
	shift
	say "fetching $* and their libraries"
	mkdir -p "$dir/partial"
	set -- -q -y -o "Dir::Cache::archives=$dir" --download-only install "$@"
	apt_run apt-get "$@" >"$apt_home/log" 2>&1 ||
		apt_run apt-get -t "${opt_suite%-backports}" "$@" >"$apt_home/log" 2>&1
}
