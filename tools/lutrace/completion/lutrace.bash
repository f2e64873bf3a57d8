# SPDX-License-Identifier: GPL-2.0
# Completion of lutrace for bash. lutrace itself lists its verbs, options and events; this file knows what each
# verb takes.

_lutrace_verbs() { lutrace --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p'; }

_lutrace_options() {
	lutrace "$1" --help 2>/dev/null | grep -oE '(^|[ ,])--?[a-zA-Z][a-z-]*=?' | grep -oE -- '--?[a-zA-Z][a-z-]*'
}

_lutrace() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} verb=trace words

	COMPREPLY=()
	[[ ${COMP_WORDS[1]} == -* || $COMP_CWORD = 1 ]] || verb=${COMP_WORDS[1]}
	# Readline makes the = a word of its own.
	[ "$current" != = ] || current=
	[ "$previous" != = ] || previous=${COMP_WORDS[COMP_CWORD - 2]}
	case $previous in
	--event | -e) words=$(lutrace trace --list 2>/dev/null | sed -n 's/^\([a-z_.]*\) .*/\1/p') ;;
	--device | -d) words=$(ls /sys/bus/pci/devices 2>/dev/null) ;;
	--generation) words="any previous current" ;;
	--time) words="wall boot relative delta" ;;
	--color) words="auto always never" ;;
	--to) words="perfetto chrome svg json" ;;
	--format) words="openmetrics prometheus" ;;
	--output | -o)
		case $verb in
		export | report) compopt -o default && return ;;
		trace | journal) words="columns json journald" ;;
		status | why | blame | doctor) words="columns json" ;;
		*) words= ;;
		esac
		;;
	--input | -i | --textfile | --anonymize) compopt -o default && return ;;
	*)
		if [[ $current == -* ]]; then
			words=$(_lutrace_options "$verb")
		elif [ "$COMP_CWORD" = 1 ]; then
			words=$(_lutrace_verbs)
		else
			case $verb in
			why) words=$(ls /sys/bus/pci/devices 2>/dev/null) ;;
			bundle | expect | record) compopt -o default && return ;;
			trace | status | journal | blame | report | export | schema | metrics | doctor) words= ;;
			esac
		fi
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _lutrace lutrace
