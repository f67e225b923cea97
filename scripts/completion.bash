# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# What completions/vfiodiag.bash does with its tables; scripts/completion puts them before it.

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
