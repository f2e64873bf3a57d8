#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Completion in bash, and in zsh where that is. LUTRACE names the binary. KTAP.

set -u

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lutrace/tests/ktap.sh
. "$here/ktap.sh"
ln -s "$LUTRACE" "$tmp/lutrace"
export PATH="$tmp:$PATH"

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
	echo "no $want in: ${COMPREPLY[*]}"
	[[ " ${COMPREPLY[*]} " == *" $want "* ]] || { [ "$want" = FILE ] && [ -e "$tmp/default" ]; }
}

bash_offers() { check "bash: lutrace ${*:2}" offers "$@"; }

bash_offers blame bl
bash_offers expect ""
bash_offers --ready-fd --rea
bash_offers --max-size record --max
bash_offers --check expect --
bash_offers pci.probe trace --event pci.pr
bash_offers pci.probe --event = pci.pr
bash_offers perfetto export --to ""
bash_offers json status -o ""
bash_offers journald journal -o ""
bash_offers FILE report -o ""
bash_offers FILE record ""
bash_offers FILE trace -i ""
bash_offers FILE expect ""
if command -v zsh >/dev/null; then
	check "zsh reads it" zsh -n "$here/../completion/_lutrace"
else
	skip "zsh reads it" "there is no zsh"
fi
ktap_end
