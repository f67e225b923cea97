# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Completion of vfiodiag for bash. Made by scripts/completion from what the program says. Do not
# edit.

# The words that are ids or addresses are cut at : and = by readline, so the line is looked at
# itself. Nothing here needs the package bash-completion.

_vfiodiag_commands='list check probe iova fits bench mappings watch collect diff report explain help version'

# _vfiodiag_options COMMAND: its long options; = behind one that takes a value.
_vfiodiag_options() {
	case $1 in
	-)
		echo '--from= --record= --sysroot= --color= --quiet --verbose --help --version'
		;;
	list)
		echo '--format= --json --noheadings --output= --output-all --raw --tree --all --from= --record= --sysroot= --color= --quiet --verbose --help --version'
		;;
	check)
		echo '--each --expires= --for= --format= --json --managed --memory= --output= --page-table= --probe --deny= --fail-on= --ignore= --require= --all --from= --record= --sysroot= --color= --quiet --verbose --help --version'
		;;
	probe)
		echo '--backend= --force --format= --json --output= --page-table= --sizes --all --from= --record= --color= --quiet --verbose --help --version'
		;;
	iova)
		echo '--force --format= --json --output= --probe --align= --at= --errno= --for= --size= --from= --record= --sysroot= --color= --verbose --help --version'
		;;
	fits)
		echo '--force --format= --json --output= --probe --bar= --cxl-window= --highmem-mmio-size= --machine= --maxmemory= --memory= --phys-bits= --qemu= --slots= --each-page --for= --huge= --viommu --from= --record= --sysroot= --color= --verbose --help --version'
		;;
	bench)
		echo '--force --format= --json --limit= --memory= --output= --page-table= --from= --record= --color= --quiet --verbose --help --version'
		;;
	mappings)
		echo '--format= --json --output= --from= --record= --sysroot= --color= --quiet --verbose --help --version'
		;;
	watch)
		echo '--format= --json --deny= --fail-on= --ignore= --require= --all --color= --verbose --help --version'
		;;
	collect)
		echo '--for= --output= --page-table= --probe --redact --from= --quiet --verbose --help --version'
		;;
	diff)
		echo '--format= --json --output= --record= --sysroot= --color= --quiet --verbose --help --version'
		;;
	report)
		echo '--format= --output= --from= --record= --sysroot= --quiet --verbose --help --version'
		;;
	explain)
		echo '--format= --json --output= --help --version'
		;;
	help)
		echo '--help --version'
		;;
	version)
		echo '--help --version'
		;;
	esac
}

# _vfiodiag_values COMMAND OPTION: what it takes; fails for an option without a value.
_vfiodiag_values() {
	case $1\ $2 in
	-\ --from) echo '<file>' ;;
	-\ --record) echo '<directory>' ;;
	-\ --sysroot) echo '<directory>' ;;
	-\ --color) echo 'auto always never' ;;
	list\ --format) echo 'text json raw' ;;
	list\ -o) echo 'GROUP TYPE KIND REGIONS RESERVED ADDRESS BUS ID SUBID DRIVER STATE REASON VFIO VFIO-DEV MDEV-TYPE PARENT IOMMU NAME CLASS VENDOR NUMA OVERRIDE POWER RESET' ;;
	list\ --output) echo 'GROUP TYPE KIND REGIONS RESERVED ADDRESS BUS ID SUBID DRIVER STATE REASON VFIO VFIO-DEV MDEV-TYPE PARENT IOMMU NAME CLASS VENDOR NUMA OVERRIDE POWER RESET' ;;
	list\ --from) echo '<file>' ;;
	list\ --record) echo '<directory>' ;;
	list\ --sysroot) echo '<directory>' ;;
	list\ --color) echo 'auto always never' ;;
	check\ --expires) echo '' ;;
	check\ --for) echo 'user: unit:' ;;
	check\ --format) echo 'text json jsonl nagios prometheus nfd facts' ;;
	check\ --memory) echo '' ;;
	check\ -o) echo '<file>' ;;
	check\ --output) echo '<file>' ;;
	check\ --page-table) echo 'auto always never' ;;
	check\ --deny) echo 'no-iommu iommu-domain-type iommu-unit-idle iommu-narrow superpages-limited interrupts-not-isolated unsafe-interrupts no-vfio-container type1-not-loaded spapr-tce modules-missing modules container-interface noiommu-enabled hugepages-disabled node-missing device-node-missing node-permission container-node-closed iommufd bar-claimed device-inaccessible device-in-d3cold no-reset-method override-without-driver group-not-viable group-not-bound group-without-iommu functions-split pf-vf-one-group group-kept-together acs-override subject-gone ids-taken ids-incomplete uio-driver device-without-group device-behind-endpoint group-contradiction direct-region regions-unknown kernel-may-test-reserved no-low-addresses ism-function in-use-network in-use-disk in-use-smcd in-use-process holder-unknown console-graphics memory-refused plugged-memory-refused bar-refused bar-place-unknown aperture-unknown by-registers machine-unknown vendor-unknown qemu-version-unknown too-few-address-bits address-bits address-bits-unknown bar-window relaxed-translation memlock-too-small memlock-tight memlock-too-small-later memlock-unknown memlock-inferred memlock-enough dma-entries-guest dma-entries-memory dma-entries-unknown huge-pages dma-entries-low map-outside-ranges map-not-aligned map-wraps map-without-iommu map-buffer-not-aligned map-bad-argument map-overlaps map-entry-limit map-memlock map-no-memory map-no-buffer map-file-buffer map-device-memory map-outside-width map-buffer-wraps map-passed-on map-unexplained not-read unprivileged live-test-failed kernel-window-reserved kernel-test-unexpected advertised-not-observed own-unmap-contradicts page-table-contradicts selftest-unclear region-inside-range low-hole-without-region hole-without-region last-address-allowed tracepoints-not-seen tracepoints-lost tracepoints-blind requirement no-assignable-device nothing-assignable device-not-bound device-blocked bound-required' ;;
	check\ --fail-on) echo 'note warning unmeasured failure' ;;
	check\ --ignore) echo 'no-iommu iommu-domain-type iommu-unit-idle iommu-narrow superpages-limited interrupts-not-isolated unsafe-interrupts no-vfio-container type1-not-loaded spapr-tce modules-missing modules container-interface noiommu-enabled hugepages-disabled node-missing device-node-missing node-permission container-node-closed iommufd bar-claimed device-inaccessible device-in-d3cold no-reset-method override-without-driver group-not-viable group-not-bound group-without-iommu functions-split pf-vf-one-group group-kept-together acs-override subject-gone ids-taken ids-incomplete uio-driver device-without-group device-behind-endpoint group-contradiction direct-region regions-unknown kernel-may-test-reserved no-low-addresses ism-function in-use-network in-use-disk in-use-smcd in-use-process holder-unknown console-graphics memory-refused plugged-memory-refused bar-refused bar-place-unknown aperture-unknown by-registers machine-unknown vendor-unknown qemu-version-unknown too-few-address-bits address-bits address-bits-unknown bar-window relaxed-translation memlock-too-small memlock-tight memlock-too-small-later memlock-unknown memlock-inferred memlock-enough dma-entries-guest dma-entries-memory dma-entries-unknown huge-pages dma-entries-low map-outside-ranges map-not-aligned map-wraps map-without-iommu map-buffer-not-aligned map-bad-argument map-overlaps map-entry-limit map-memlock map-no-memory map-no-buffer map-file-buffer map-device-memory map-outside-width map-buffer-wraps map-passed-on map-unexplained not-read unprivileged live-test-failed kernel-window-reserved kernel-test-unexpected advertised-not-observed own-unmap-contradicts page-table-contradicts selftest-unclear region-inside-range low-hole-without-region hole-without-region last-address-allowed tracepoints-not-seen tracepoints-lost tracepoints-blind requirement no-assignable-device nothing-assignable device-not-bound device-blocked bound-required' ;;
	check\ --require) echo 'bound iommu=intel iommu=amd iommu=smmu iommu=zpci iommu=virtio iommu=other iommu=none iommu=unknown interrupts=isolated interrupts=not-isolated interrupts=unknown unsafe-interrupts=on unsafe-interrupts=off unsafe-interrupts=unknown noiommu-mode=on noiommu-mode=off noiommu-mode=unknown container=present container=absent container=unknown iommufd=present iommufd=absent iommufd=unknown kernel-test=zero kernel-test=allowed kernel-test=none kernel-test=unknown superpage-splitting=supported superpage-splitting=unsupported superpage-splitting=mixed superpage-splitting=unknown confidence=observed confidence=inferred confidence=mixed confidence=unknown' ;;
	check\ --from) echo '<file>' ;;
	check\ --record) echo '<directory>' ;;
	check\ --sysroot) echo '<directory>' ;;
	check\ --color) echo 'auto always never' ;;
	probe\ --backend) echo 'type1v2 type1' ;;
	probe\ --format) echo 'text json jsonl' ;;
	probe\ -o) echo '<file>' ;;
	probe\ --output) echo '<file>' ;;
	probe\ --page-table) echo 'auto always never' ;;
	probe\ --from) echo '<file>' ;;
	probe\ --record) echo '<directory>' ;;
	probe\ --color) echo 'auto always never' ;;
	iova\ --format) echo 'text json' ;;
	iova\ -o) echo '<file>' ;;
	iova\ --output) echo '<file>' ;;
	iova\ --align) echo '' ;;
	iova\ --at) echo '' ;;
	iova\ --errno) echo '' ;;
	iova\ --for) echo 'user: unit:' ;;
	iova\ --size) echo '' ;;
	iova\ --from) echo '<file>' ;;
	iova\ --record) echo '<directory>' ;;
	iova\ --sysroot) echo '<directory>' ;;
	iova\ --color) echo 'auto always never' ;;
	fits\ --format) echo 'text json' ;;
	fits\ -o) echo '<file>' ;;
	fits\ --output) echo '<file>' ;;
	fits\ --bar) echo '' ;;
	fits\ --cxl-window) echo '' ;;
	fits\ --highmem-mmio-size) echo '' ;;
	fits\ --machine) echo 'q35 i440fx virt s390-ccw-virtio' ;;
	fits\ --maxmemory) echo '' ;;
	fits\ --memory) echo '' ;;
	fits\ --phys-bits) echo '' ;;
	fits\ --qemu) echo '' ;;
	fits\ --slots) echo '' ;;
	fits\ --for) echo 'user: unit:' ;;
	fits\ --huge) echo '' ;;
	fits\ --from) echo '<file>' ;;
	fits\ --record) echo '<directory>' ;;
	fits\ --sysroot) echo '<directory>' ;;
	fits\ --color) echo 'auto always never' ;;
	bench\ --format) echo 'text json' ;;
	bench\ --limit) echo '' ;;
	bench\ --memory) echo '' ;;
	bench\ -o) echo '<file>' ;;
	bench\ --output) echo '<file>' ;;
	bench\ --page-table) echo 'auto always never' ;;
	bench\ --from) echo '<file>' ;;
	bench\ --record) echo '<directory>' ;;
	bench\ --color) echo 'auto always never' ;;
	mappings\ --format) echo 'text json' ;;
	mappings\ -o) echo '<file>' ;;
	mappings\ --output) echo '<file>' ;;
	mappings\ --from) echo '<file>' ;;
	mappings\ --record) echo '<directory>' ;;
	mappings\ --sysroot) echo '<directory>' ;;
	mappings\ --color) echo 'auto always never' ;;
	watch\ --format) echo 'text json' ;;
	watch\ --deny) echo 'no-iommu iommu-domain-type iommu-unit-idle iommu-narrow superpages-limited interrupts-not-isolated unsafe-interrupts no-vfio-container type1-not-loaded spapr-tce modules-missing modules container-interface noiommu-enabled hugepages-disabled node-missing device-node-missing node-permission container-node-closed iommufd bar-claimed device-inaccessible device-in-d3cold no-reset-method override-without-driver group-not-viable group-not-bound group-without-iommu functions-split pf-vf-one-group group-kept-together acs-override subject-gone ids-taken ids-incomplete uio-driver device-without-group device-behind-endpoint group-contradiction direct-region regions-unknown kernel-may-test-reserved no-low-addresses ism-function in-use-network in-use-disk in-use-smcd in-use-process holder-unknown console-graphics memory-refused plugged-memory-refused bar-refused bar-place-unknown aperture-unknown by-registers machine-unknown vendor-unknown qemu-version-unknown too-few-address-bits address-bits address-bits-unknown bar-window relaxed-translation memlock-too-small memlock-tight memlock-too-small-later memlock-unknown memlock-inferred memlock-enough dma-entries-guest dma-entries-memory dma-entries-unknown huge-pages dma-entries-low map-outside-ranges map-not-aligned map-wraps map-without-iommu map-buffer-not-aligned map-bad-argument map-overlaps map-entry-limit map-memlock map-no-memory map-no-buffer map-file-buffer map-device-memory map-outside-width map-buffer-wraps map-passed-on map-unexplained not-read unprivileged live-test-failed kernel-window-reserved kernel-test-unexpected advertised-not-observed own-unmap-contradicts page-table-contradicts selftest-unclear region-inside-range low-hole-without-region hole-without-region last-address-allowed tracepoints-not-seen tracepoints-lost tracepoints-blind requirement no-assignable-device nothing-assignable device-not-bound device-blocked bound-required' ;;
	watch\ --fail-on) echo 'note warning unmeasured failure' ;;
	watch\ --ignore) echo 'no-iommu iommu-domain-type iommu-unit-idle iommu-narrow superpages-limited interrupts-not-isolated unsafe-interrupts no-vfio-container type1-not-loaded spapr-tce modules-missing modules container-interface noiommu-enabled hugepages-disabled node-missing device-node-missing node-permission container-node-closed iommufd bar-claimed device-inaccessible device-in-d3cold no-reset-method override-without-driver group-not-viable group-not-bound group-without-iommu functions-split pf-vf-one-group group-kept-together acs-override subject-gone ids-taken ids-incomplete uio-driver device-without-group device-behind-endpoint group-contradiction direct-region regions-unknown kernel-may-test-reserved no-low-addresses ism-function in-use-network in-use-disk in-use-smcd in-use-process holder-unknown console-graphics memory-refused plugged-memory-refused bar-refused bar-place-unknown aperture-unknown by-registers machine-unknown vendor-unknown qemu-version-unknown too-few-address-bits address-bits address-bits-unknown bar-window relaxed-translation memlock-too-small memlock-tight memlock-too-small-later memlock-unknown memlock-inferred memlock-enough dma-entries-guest dma-entries-memory dma-entries-unknown huge-pages dma-entries-low map-outside-ranges map-not-aligned map-wraps map-without-iommu map-buffer-not-aligned map-bad-argument map-overlaps map-entry-limit map-memlock map-no-memory map-no-buffer map-file-buffer map-device-memory map-outside-width map-buffer-wraps map-passed-on map-unexplained not-read unprivileged live-test-failed kernel-window-reserved kernel-test-unexpected advertised-not-observed own-unmap-contradicts page-table-contradicts selftest-unclear region-inside-range low-hole-without-region hole-without-region last-address-allowed tracepoints-not-seen tracepoints-lost tracepoints-blind requirement no-assignable-device nothing-assignable device-not-bound device-blocked bound-required' ;;
	watch\ --require) echo 'bound iommu=intel iommu=amd iommu=smmu iommu=zpci iommu=virtio iommu=other iommu=none iommu=unknown interrupts=isolated interrupts=not-isolated interrupts=unknown unsafe-interrupts=on unsafe-interrupts=off unsafe-interrupts=unknown noiommu-mode=on noiommu-mode=off noiommu-mode=unknown container=present container=absent container=unknown iommufd=present iommufd=absent iommufd=unknown kernel-test=zero kernel-test=allowed kernel-test=none kernel-test=unknown superpage-splitting=supported superpage-splitting=unsupported superpage-splitting=mixed superpage-splitting=unknown confidence=observed confidence=inferred confidence=mixed confidence=unknown' ;;
	watch\ --color) echo 'auto always never' ;;
	collect\ --for) echo 'user: unit:' ;;
	collect\ -o) echo '<file>' ;;
	collect\ --output) echo '<file>' ;;
	collect\ --page-table) echo 'auto always never' ;;
	collect\ --from) echo '<file>' ;;
	diff\ --format) echo 'text json' ;;
	diff\ -o) echo '<file>' ;;
	diff\ --output) echo '<file>' ;;
	diff\ --record) echo '<directory>' ;;
	diff\ --sysroot) echo '<directory>' ;;
	diff\ --color) echo 'auto always never' ;;
	report\ --format) echo 'html' ;;
	report\ -o) echo '<file>' ;;
	report\ --output) echo '<file>' ;;
	report\ --from) echo '<file>' ;;
	report\ --record) echo '<directory>' ;;
	report\ --sysroot) echo '<directory>' ;;
	explain\ --format) echo 'text json' ;;
	explain\ -o) echo '<file>' ;;
	explain\ --output) echo '<file>' ;;
	*) return 1 ;;
	esac
}

# _vfiodiag_operands COMMAND: what stands behind its options.
_vfiodiag_operands() {
	case $1 in
	list) echo '<subject>' ;;
	check) echo '<subject>' ;;
	probe) echo '<subject>' ;;
	iova) echo '<subject>' ;;
	fits) echo '<subject>' ;;
	bench) echo '<subject>' ;;
	mappings) echo '<subject>' ;;
	watch) echo '<subject>' ;;
	diff) echo '<file>' ;;
	report) echo '<file>' ;;
	explain) echo 'no-iommu iommu-domain-type iommu-unit-idle iommu-narrow superpages-limited interrupts-not-isolated unsafe-interrupts no-vfio-container type1-not-loaded spapr-tce modules-missing modules container-interface noiommu-enabled hugepages-disabled node-missing device-node-missing node-permission container-node-closed iommufd bar-claimed device-inaccessible device-in-d3cold no-reset-method override-without-driver group-not-viable group-not-bound group-without-iommu functions-split pf-vf-one-group group-kept-together acs-override subject-gone ids-taken ids-incomplete uio-driver device-without-group device-behind-endpoint group-contradiction direct-region regions-unknown kernel-may-test-reserved no-low-addresses ism-function in-use-network in-use-disk in-use-smcd in-use-process holder-unknown console-graphics memory-refused plugged-memory-refused bar-refused bar-place-unknown aperture-unknown by-registers machine-unknown vendor-unknown qemu-version-unknown too-few-address-bits address-bits address-bits-unknown bar-window relaxed-translation memlock-too-small memlock-tight memlock-too-small-later memlock-unknown memlock-inferred memlock-enough dma-entries-guest dma-entries-memory dma-entries-unknown huge-pages dma-entries-low map-outside-ranges map-not-aligned map-wraps map-without-iommu map-buffer-not-aligned map-bad-argument map-overlaps map-entry-limit map-memlock map-no-memory map-no-buffer map-file-buffer map-device-memory map-outside-width map-buffer-wraps map-passed-on map-unexplained not-read unprivileged live-test-failed kernel-window-reserved kernel-test-unexpected advertised-not-observed own-unmap-contradicts page-table-contradicts selftest-unclear region-inside-range low-hole-without-region hole-without-region last-address-allowed tracepoints-not-seen tracepoints-lost tracepoints-blind requirement no-assignable-device nothing-assignable device-not-bound device-blocked bound-required' ;;
	help) echo 'list check probe iova fits bench mappings watch collect diff report explain help version' ;;
	esac
}

# _vfiodiag_subjects ARG…: groups and addresses, of the capture or directory that ARG… names.
_vfiodiag_subjects() {
	command vfiodiag "$@" --quiet list --raw --noheadings -o GROUP 2>/dev/null
	command vfiodiag "$@" --quiet list --raw --noheadings -o ADDRESS 2>/dev/null
}

# Offer those of the words $1 that begin with $2, as readline wants them: without what stands before
# the last character that cuts words. "=" asks for more behind it, others for a space.
_vfiodiag_offer() {
	local word head=""
	[[ $2 != *[:=]* ]] || head=${2%"${2##*[:=]}"}
	for word in $1; do
		[[ $word == "$2"* ]] || continue
		[[ $word != *[=:] ]] || compopt -o nospace 2>/dev/null
		COMPREPLY+=("${word#"$head"}")
	done
}

# Files, or directories with -d, that begin with $2.
_vfiodiag_paths() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

# Values of an option: $1 words, $2 what was typed of them.
_vfiodiag_value() {
	local head
	case $1 in
	'<directory>') _vfiodiag_paths -d "$2" ;;
	'<file>') _vfiodiag_paths -f "$2" ;;
	*)
		# COLUMNS: the last one behind a comma or a leading +.
		head=${2%"${2##*[,+]}"}
		if [[ $head && ,+ == *"${head: -1}"* ]]; then
			_vfiodiag_offer "$head${1// / $head}" "$2"
		else
			_vfiodiag_offer "$1" "$2"
		fi
		;;
	esac
}

_vfiodiag() {
	local line=${COMP_LINE:0:COMP_POINT} current previous="" command=- word values
	local -a words where=()

	COMPREPLY=()
	read -ra words <<<"$line"
	current=${line##*[[:space:]]}
	[[ -z $current ]] || unset 'words[-1]'
	for word in "${words[@]:1}"; do
		if [[ $previous ]]; then
			[[ $previous != --@(from|sysroot) ]] || where=("$previous" "$word")
			previous=""
		elif [[ $word == --@(from|sysroot)=* ]]; then
			where=("$word")
		elif [[ $word == -* ]]; then
			! _vfiodiag_values "$command" "$word" >/dev/null || previous=$word
		elif [[ $command == - ]]; then
			command=$word
		fi
	done

	if [[ $previous ]]; then
		_vfiodiag_value "$(_vfiodiag_values "$command" "$previous")" "$current"
	elif [[ $current == --*=* ]]; then
		values=$(_vfiodiag_values "$command" "${current%%=*}") || return 0
		_vfiodiag_value "$values" "${current#*=}"
	elif [[ $current == -* ]]; then
		_vfiodiag_offer "$(_vfiodiag_options "$command")" "$current"
	elif [[ $command == - ]]; then
		_vfiodiag_offer "$_vfiodiag_commands" "$current"
	else
		values=$(_vfiodiag_operands "$command")
		[[ $values != '<subject>' ]] || values=$(_vfiodiag_subjects "${where[@]}")
		_vfiodiag_value "$values" "$current"
	fi
}

complete -F _vfiodiag vfiodiag
