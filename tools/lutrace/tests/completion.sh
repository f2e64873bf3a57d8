#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Completion in bash, and in zsh where that is. LUTRACE names the binary. KTAP.

set -u

here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
ln -s "$LUTRACE" "$tmp/lutrace"
export PATH="$tmp:$PATH"
nr=0 failed=0 skipped=0

# shellcheck source=/dev/null
. "$here/../completion/lutrace.bash"
# It may only be called by readline.
compopt() { echo default >"$tmp/default"; }

# $1: what must be offered, the rest: the words of the command line
offers() {
	local want=$1
	shift
	COMP_WORDS=(lutrace "$@")
	COMP_CWORD=$#
	rm -f "$tmp/default"
	_lutrace
	nr=$((nr + 1))
	if [[ " ${COMPREPLY[*]} " == *" $want "* ]] || { [ "$want" = FILE ] && [ -e "$tmp/default" ]; }; then
		echo "ok $nr bash: lutrace $*"
	else
		failed=$((failed + 1))
		echo "not ok $nr bash: lutrace $*"
		echo "# no $want in: ${COMPREPLY[*]}"
	fi
}

echo "KTAP version 1"
offers blame bl
offers expect ""
offers --ready-fd --rea
offers --max-size record --max
offers --check expect --
offers pci.probe trace --event pci.pr
offers pci.probe --event = pci.pr
offers perfetto export --to ""
offers json status -o ""
offers journald journal -o ""
offers FILE report -o ""
offers FILE record ""
offers FILE trace -i ""
nr=$((nr + 1))
if command -v zsh >/dev/null; then
	if zsh -n "$here/../completion/_lutrace"; then echo "ok $nr zsh reads it"; else
		failed=$((failed + 1))
		echo "not ok $nr zsh reads it"
	fi
else
	skipped=1
	echo "ok $nr zsh reads it # SKIP there is no zsh"
fi
echo "1..$nr"
echo "# Totals: pass:$((nr - failed - skipped)) fail:$failed xfail:0 xpass:0 skip:$skipped error:0"
[ $failed = 0 ]
