# SPDX-License-Identifier: GPL-2.0-or-later
# What completions/_vfiodiag does with its tables; scripts/completion puts them before it.

# Words of which those that end with : or = want more behind them.
_vfiodiag_words() {
	local -a open=(${(M)@:#*[:=]}) whole=(${@:#*[:=]})
	compadd -S '' -a open
	compadd -a whole
}

# Columns: the last one behind a comma or a leading +.
_vfiodiag_columns() {
	compset -P '*[,+]'
	compadd -S '' -- "$@"
}

# Groups and addresses of this host, or of the capture or directory that the line names.
_vfiodiag_subjects() {
	local -a subjects=(
		${(f)"$(command vfiodiag $_vfiodiag_where --quiet list --raw --noheadings -o GROUP 2>/dev/null)"}
		${(f)"$(command vfiodiag $_vfiodiag_where --quiet list --raw --noheadings -o ADDRESS 2>/dev/null)"}
	)
	compadd -a subjects
}

_vfiodiag() {
	local curcontext=$curcontext word previous=
	local -a state line specs _vfiodiag_where=()
	local -A opt_args

	for word in ${words[2,CURRENT-1]}; do
		if [[ $word == --(from|sysroot)=* ]]; then
			_vfiodiag_where=("${(Q)word}")
		elif [[ $previous == --(from|sysroot) ]]; then
			_vfiodiag_where=($previous "${(Q)word}")
		fi
		previous=$word
	done
	_vfiodiag_specs -
	_arguments -C -s -S -A '-*' $specs '1:command:_vfiodiag_commands' '*::argument:->arguments' && return
	if [[ $state == arguments ]]; then
		specs=()
		_vfiodiag_specs $words[1]
		_arguments -s -S $specs
	fi
}

_vfiodiag "$@"
