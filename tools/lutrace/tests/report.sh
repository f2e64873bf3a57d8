#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# `lutrace report`: that its page is whole, escaped, and asks nobody for anything; and, in a
# headless Chromium, that it fits onto a phone, that no two labels of its picture are in each
# other's way, and that it prints. LUTRACE names the binary, CAPTURE the test of captures, which
# makes one of any number of files. KTAP; skips what is not installed: see `scripts/setup --for
# report`.

set -u

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/lutrace/tests/ktap.sh
. "$here/ktap.sh"

fails() { local want=$1 status=0; shift; "$@" || status=$?; [ $status = "$want" ] || { echo "exit status $status" && false; }; }

make_pages() {
	local n

	for n in 1 3 500; do
		"$CAPTURE" --make $n "$tmp/$n.lutrace" || return 1
		"$LUTRACE" report -i "$tmp/$n.lutrace" -o "$tmp/$n.html"
		[ $? -le 1 ] || return 1
	done
	"$LUTRACE" report -i "$here/captures/failures.lutrace" -o "$tmp/real.html"
	[ $? = 1 ] && "$LUTRACE" report -i "$here/captures/one-device.lutrace" -o "$tmp/fine.html"
}

# As XML, which is stricter: void elements are closed, and the doctype is taken away.
is_well_formed() {
	local page

	for page in "$tmp"/*.html; do
		sed -E '1d; s/<meta ([^>]*)>/<meta \1\/>/' "$page" | xmllint --noout - || return 1
	done
}

is_escaped() { ! grep -l '<script' "$tmp"/*.html && grep -q 'guest-0 &lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;a name&quot;' "$tmp/500.html"; }

# No address but that of the SVG namespace, which nobody asks.
asks_nobody() { ! grep -hoE '(https?:|src=|href=|url\(|@import)[^"]*' "$tmp"/*.html | grep -v '^http://www.w3.org/2000/svg'; }

tells_what_went_wrong() {
	grep -q 'Retrieving guest-2:0x1 failed with ENODEV: 0000:00:07.0 was bound to driver pci-pf-stub instead of vfio-pci' "$tmp/real.html" &&
		grep -q '<code>echo vfio-pci &gt;/sys/bus/pci/devices/0000:00:07.0/driver_override</code>' "$tmp/real.html" &&
		grep -q 'Session guest-5 was handed over, but no process has retrieved it' "$tmp/real.html" &&
		grep -q 'All 1 file came through' "$tmp/fine.html"
}

# What is alike is not told hundreds of times.
sums_up() { [ "$(grep -c '<article' "$tmp/500.html")" -le 10 ] && grep -q 'And 48 more files: <code>vfio.retrieve absent</code>' "$tmp/500.html"; }

chrome() {
	timeout 120 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$tmp/profile" "$@" 2>"$tmp/chromium.log" ||
		{ cat "$tmp/chromium.log"; return 1; }
}

# $1: page, $2: width; the page says what a script finds that is put into it. It is in a frame of that width: a
# window of Chromium is never as narrow as a phone.
measure() {
	sed 's/<\/body>/<script>\
const out = [];\
const page = document.documentElement;\
if (page.scrollWidth > innerWidth) out.push("the page is " + page.scrollWidth + " wide, the window " + innerWidth);\
const texts = [...document.querySelectorAll("svg text")].map(t => [t.textContent, t.getBoundingClientRect()]);\
const svg = document.querySelector("svg").getBoundingClientRect();\
for (const [i, [a, p]] of texts.entries()) {\
  if (p.left < svg.left - 1 || p.right > svg.right + 1) out.push("outside: " + a);\
  for (const [b, q] of texts.slice(i + 1))\
    if (p.left < q.right - 1 \&\& q.left < p.right - 1 \&\& p.top < q.bottom - 3 \&\& q.top < p.bottom - 3)\
      out.push("collide: " + a + " | " + b);\
}\
for (const e of document.querySelectorAll("h1, h2, h3, p, li, dd"))\
  if (e.scrollWidth > e.clientWidth + 1) out.push("does not fit: " + e.textContent.slice(0, 60));\
parent.postMessage("measured " + texts.length + " labels\\n" + out.join("\\n"), "*");\
<\/script><\/body>/' "$tmp/$1.html" >"$tmp/measured.html"
	cat >"$tmp/frame.html" <<-END
		<!doctype html><pre></pre>
		<script>onmessage = m => document.querySelector("pre").textContent = m.data;</script>
		<iframe src="measured.html" width="$2" height="2000" style="border: 0"></iframe>
	END
	chrome --window-size="2000,2200" --virtual-time-budget=5000 --dump-dom "file://$tmp/frame.html" >"$tmp/dom" &&
		sed -n '/<pre>measured/,/<\/pre>/p' "$tmp/dom" && grep -q '<pre>measured [1-9]' "$tmp/dom" &&
		! grep -E '^(the page is|outside|collide|does not fit)' "$tmp/dom"
}

prints() {
	chrome --print-to-pdf="$tmp/$1.pdf" "file://$tmp/$1.html" && [ "$(head -c 5 "$tmp/$1.pdf")" = %PDF- ]
}

shows() {
	chrome --window-size=1100,1400 --screenshot="$tmp/$1.png" "file://$tmp/$1.html" &&
		[ "$(wc -c <"$tmp/$1.png")" -gt 20000 ]
}

# Another scheme is another picture.
is_dark_where_that_is_wanted() {
	chrome --window-size=1100,1400 --blink-settings=preferredColorScheme=0 --screenshot="$tmp/dark.png" "file://$tmp/real.html" &&
		! cmp -s "$tmp/dark.png" "$tmp/real.png"
}

check "pages are written" make_pages
check "they are well formed" is_well_formed
check "names are escaped" is_escaped
check "nobody is asked for anything" asks_nobody
check "a page tells what went wrong, and what to do" tells_what_went_wrong
check "what is alike is summed up" sums_up
check "a full disk is told" fails 3 "$LUTRACE" report -i "$tmp/1.lutrace" -o /dev/full
check "a file that cannot be written is told" fails 3 "$LUTRACE" report -i "$tmp/1.lutrace" -o /nonexistent/page
if command -v chromium >/dev/null; then
	for page in 1 500 real; do
		check "with $page: it is shown" shows $page
		check "with $page: it prints" prints $page
		for width in 360 768 1400; do
			check "with $page: all has its room on $width pixels" measure $page $width
		done
	done
	check "it is dark where that is wanted" is_dark_where_that_is_wanted
else
	skip "a browser shows it" "there is no chromium"
fi
ktap_end
