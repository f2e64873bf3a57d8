#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The verbs of lutrace, its manual pages, its completion, its --help and README.md agree. LUTRACE
# names the binary. KTAP.
#
# usage: papers.sh [--update]; --update puts the outputs of now into README.md

set -u

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lutrace/tests/ktap.sh
. "$here/ktap.sh"
man=$here/../man
readme=$here/../../../README.md
ln -s "$LUTRACE" "$tmp/lutrace"
export PATH="$tmp:$PATH"

verbs=$("$LUTRACE" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p')
# No wrapped lines.
help() { ARGP_HELP_FMT=rmargin=10000 "$LUTRACE" "$@" --help; }

# $1: page, $2: section; without the markup.
section() {
	sed -n "/^\.SH $2\$/,/^\.SH /p" "$man/$1.1" | sed -E 's/\\f[A-Z]//g; s/\\-/-/g; s/\\\(aq/'\''/g; s/^\.(B|BR|RB|I|IR|RI|BI|IB) //'
}

has_a_page() {
	[ "$(sed -n '/^\.SH NAME/{n;p}' "$man/lutrace-$1.1" | sed 's/ .*//; s/\\//')" = "lutrace-$1" ] &&
		grep -qx "\.B lutrace $1.*\|\.RB \[ $1 \]" "$man/lutrace-$1.1"
}

# Each page names pages that exist, lutrace(1) among them, and lutrace(1) names all.
see_also_is_complete() {
	local page name bad=0

	for page in "$man"/*.1; do
		name=$(basename "$page" .1)
		section "$name" 'SEE ALSO' | sed -n 's/^\(lutrace[a-z-]*\) (1),\?$/\1/p' >"$tmp/see"
		[ "$name" = lutrace ] || grep -qx lutrace "$tmp/see" || { echo "$name does not name lutrace" && bad=1; }
		while read -r other; do
			[ -e "$man/$other.1" ] || { echo "$name names $other, which is no page" && bad=1; }
			[ "$other" != "$name" ] || { echo "$name names itself" && bad=1; }
		done <"$tmp/see"
	done
	section lutrace 'SEE ALSO' >"$tmp/see"
	for page in "$man"/lutrace-*.1; do
		name=$(basename "$page" .1)
		grep -qE "^$name \(1\),?$" "$tmp/see" || { echo "lutrace does not name $name" && bad=1; }
		[[ " ${verbs//$'\n'/ } " == *" ${name#lutrace-} "* ]] || { echo "$name is of no verb" && bad=1; }
	done
	return $bad
}

page_lists_verbs() {
	section lutrace VERBS | grep -A 1 '^\.TP' | grep -v '^\.TP\|^--$' | sort | diff <(sort <<<"$verbs") -
}

readme_shows() { grep -qE "^ +lutrace $1( |\$)|\`lutrace $1\b" "$readme"; }

# In a shell's completion each verb is in the list that says what it takes.
completion_knows() {
	sed -n '/why) .*sys.bus.pci/,/esac/p' "$here/../completion/$2" | grep -qE "(^|[[:space:]|])$1( \\||[|)])"
}

# Prints each option of a help text or of a page, as "--long" or "-s --long".
help_options() {
	help "$1" | sed -nE 's/^  (   ) +(--[a-z-]+).*/\2/p; s/^  (-[a-zA-Z]), (--[a-z-]+).*/\1 \2/p' |
		grep -vE -- '--(help|usage|version)$' | sort
}

# The options that a .TP in OPTIONS has; $2 is a .SS in it, or nothing for all.
tagged_options() {
	section "$1" OPTIONS | awk -v wanted="${2:-}" '
	/^\.SS/ { ss = $2 }
	tag && (wanted == "" || ss == wanted) {
		gsub(/"/, "")
		short = match($0, /^-[a-zA-Z] *,/) ? substr($0, 1, 2) " " : ""
		while (match($0, /--[a-z-]+/)) {
			print short substr($0, RSTART, RLENGTH)
			$0 = substr($0, RSTART + RLENGTH)
			short = ""
		}
	}
	{ tag = /^\.TP/ }'
}

page_options() {
	{
		tagged_options "lutrace-$1"
		section "lutrace-$1" OPTIONS | awk '
		/^The options under/ { on = 1; next }
		on && /^of$/ { exit }
		on && /^[A-Z][a-z]+$/ { print }' | while read -r group; do
			tagged_options lutrace-trace "$group"
		done
	} | sort -u
}

has_its_options() { diff <(help_options "$1") <(page_options "$1"); }

statuses_agree() {
	diff <(help "$1" | grep -o 'Exit status:.*' | grep -oE '\b[0-9] [a-z]' | cut -c 1) \
		<(section "lutrace-$1" 'EXIT STATUS' | grep -xE '[0-9]')
}

examples() { help "$1" | sed -n '/^Examples:/,/^$/s/^  \(lutrace .*\)/\1/p' | sed 's/   *.*//'; }

# Each example of --help is in the page, and its options are right. Where a capture is enough, it
# runs.
examples_work() {
	local command status bad=0

	[ -n "$(examples "$1")" ] || return 1
	while read -r command; do
		section "lutrace-$1" EXAMPLES | grep -qxF -e "$command" || { echo "not in the page: $command" && bad=1; }
		eval "${command%%>*} --help" >/dev/null || { echo "wrong options: $command" && bad=1; }
		case "$1 $command" in
		record* | bundle* | */*) continue ;;
		doctor* | schema* | *" -i "*) ;;
		*) command=${command/lutrace $1/lutrace $1 -i update.lutrace} ;;
		esac
		status=0
		(cd "$tmp/examples" && eval "$command") >"$tmp/said" 2>&1 || status=$?
		# Verbs that found a failure have done what they should, but assertions are to hold.
		[ $status = 0 ] || [ "$status $1" = "1 ${1#expect}" ] || { echo "exit status $status: $command" && cat "$tmp/said" && bad=1; }
	done < <(examples "$1")
	return $bad
}

# Pipes into jq in the pages run. roff takes quotes away, so that a page has to write them as \(dq.
jq_examples_work() {
	local page command bad=0

	for page in "$man"/*.1; do
		section "$(basename "$page" .1)" EXAMPLES | sed -n '/^lutrace .* | jq /{s/"//g; s/\\(dq/"/g; p}'
	done >"$tmp/pipes"
	while read -r command; do
		[[ $command == "lutrace schema "* ]] || command=${command/ -o/ -i update.lutrace -o}
		(cd "$tmp/examples" && eval "$command") >"$tmp/said" 2>&1 ||
			{ echo "does not work: $command" && cat "$tmp/said" && bad=1; }
	done <"$tmp/pipes"
	[ "$(wc -l <"$tmp/pipes")" -ge 3 ] && return $bad
}

# No example of --help is wrapped, as wide as a terminal is at least.
examples_fit() { diff <("$LUTRACE" "$1" --help | sed -n '/^Examples:/,/^$/p') <(help "$1" | sed -n '/^Examples:/,/^$/p'); }

# An option that the README or a page shows in a command is one of its verb.
shown_options_exist() {
	local line verb option bad=0

	{ cat "$readme" && sed 's/\\-/-/g; s/^\.B //; s/\\f[A-Z]//g' "$man"/*.1; } |
		grep -oE '^[ |]*lutrace( [^|#`]*)?' | sed 's/^[ |]*//' | sort -u >"$tmp/commands"
	while read -r line; do
		verb=$(cut -d ' ' -f 2 <<<"$line")
		[[ $verb =~ ^[a-z]+$ ]] || verb=trace
		[ -e "$man/lutrace-$verb.1" ] || continue
		# shellcheck disable=SC2013 # words
		for option in $(grep -oE -- ' --?[a-zA-Z][a-z-]*' <<<"$line"); do
			help "$verb" | grep -qE -- "(^|[ ,])$option([ =,[]|\$)" ||
				{ echo "there is no $option in: $line" && bad=1; }
		done
	done <"$tmp/commands"
	[ "$(wc -l <"$tmp/commands")" -gt 20 ] && return $bad
}

# The output below each "$ lutrace ..." of README.md, which is of a capture in the tree, is what
# lutrace writes.
readme_outputs_are_true() {
	local line output=

	while IFS= read -r line; do
		case $line in
		'$ lutrace '*)
			echo "$line"
			(cd "$here/../../.." && eval "COLUMNS=80 TZ=UTC LC_ALL=C ${line#$ }") 2>&1
			output=1
			;;
		'```'*)
			echo "$line"
			output=
			;;
		*) [ -n "$output" ] || echo "$line" ;;
		esac
	done <"$readme" >"$tmp/readme"
	[ "${1:-}" != --update ] || cp "$tmp/readme" "$readme"
	diff "$readme" "$tmp/readme" && grep -q '^\$ lutrace ' "$readme"
}

mkdir "$tmp/examples"
cp "$here/captures/one-device.lutrace" "$tmp/examples/update.lutrace"
section lutrace-expect EXAMPLES | sed -n '/^# device.expect/,/^\.fi/p' | sed '$d' >"$tmp/examples/device.expect"
check "lutrace(1) lists the verbs" page_lists_verbs
check "SEE ALSO is complete" see_also_is_complete
for verb in $verbs; do
	check "$verb has a page" has_a_page "$verb"
	check "$verb has the options of its page" has_its_options "$verb"
	check "$verb has the exit statuses of its page" statuses_agree "$verb"
	check "$verb has examples that work" examples_work "$verb"
	check "$verb has examples that fit on a line" examples_fit "$verb"
	check "$verb is in README.md" readme_shows "$verb"
	check "$verb is completed by bash" completion_knows "$verb" lutrace.bash
	check "$verb is completed by zsh" completion_knows "$verb" _lutrace
done
check "outputs in README.md are true" readme_outputs_are_true "$@"
check "options that are shown exist" shown_options_exist
if command -v jq >/dev/null; then
	check "pipes into jq in the pages work" jq_examples_work
else
	skip "pipes into jq in the pages work" "no jq"
fi
ktap_end
