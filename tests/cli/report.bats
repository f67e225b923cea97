# SPDX-License-Identifier: GPL-2.0-or-later
# report: the page, as it is written and as a real browser shows it.

setup() {
	load lib
	amd=$hosts/6.1-amd/capture
	page=$BATS_TEST_TMPDIR/page.html
	seen=$BATS_TEST_TMPDIR/seen.json
	copy=$BATS_TEST_TMPDIR/capture
}

# look [EXPRESSION]: what the browser says of $page, into $seen
look() {
	timeout 120 "$top/tests/web/browser.py" "$page" "$@" >"$seen"
	jq 'del(.value)' "$seen"
}

# sound: it rendered, nothing overflows, nothing was asked for, nothing was complained of.
sound() {
	jq -e '.page_was_asked_for and .requests == [] and .complaints == []
		and ([.overflow[][]] == []) and (.overflow | length == 4)' "$seen"
}

# hostile CAPTURE WORD: put WORD wherever a capture can have one.
hostile() {
	local files=$1/files word=$2
	printf '%s\n' "$word" >"$files/proc/sys/kernel/hostname"
	printf 'quiet %s %s\n' "$word" "$word" >"$files/proc/cmdline"
	printf '%s\n' "$word" >"$files/proc/sys/kernel/osrelease"
	printf '%s\n' "$word" >"$files/proc/sys/kernel/version"
	printf '%s\n' "$word" >"$files/sys/class/dmi/id/product_name"
	printf '%s\n' "$word" >"$files/sys/kernel/iommu_groups/2/type"
	printf '0x0000000000000000 0x0000000000000fff %s\n' "$word" \
		>"$files/sys/kernel/iommu_groups/2/reserved_regions"
	printf 'DRIVER=%s\nPCI_CLASS=20000\nPCI_ID=8086:1234\n' "$word" \
		>"$files/sys/devices/pci0000:00/0000:00:1f.2/uevent"
	printf '%s\n' "$word" >"$files/sys/module/vfio_pci/parameters/disable_vga"
	WORD=$word jq -cn '{fact: "pci 8086:2918 060100", vendor: env.WORD, device: env.WORD}' \
		>>"$1/transcript.jsonl"
}

@test "one host: renders at 1280 and 400 pixels and on paper, and fetches nothing" {
	vfiodiag report "$amd" -o "$page"
	look 'document.body.innerText'
	sound
	jq -e '.title == "VFIO report: lab"
		and .pages == 1
		and (.value | contains("Pass-through: ready"))
		and (.value | gsub("\\s+"; " ") | contains("IOMMU: AMD-Vi VFIO: type1 1 ready"))
		and (.value | contains("window 0x0 - 0x1fff"))' "$seen"
}

@test "one host of each kind takes one page of paper, and two hosts more" {
	local host
	for host in "${whole_hosts[@]}"; do
		vfiodiag report "$hosts/$host/capture" -o "$page"
		look >/dev/null
		echo "$host: $(jq .pages "$seen")"
		[ "$(jq .pages "$seen")" -eq 1 ]
	done
	vfiodiag report "$amd" "$hosts/blocked/capture" -o "$page"
	look >/dev/null
	[ "$(jq .pages "$seen")" -gt 1 ]
}

# bats test_tags=many
@test "every recorded host on one page, with the verdict of each" {
	local host
	vfiodiag report "$hosts"/*/capture -o "$page"
	look '[...document.querySelectorAll("section[id]")].map(s => s.innerText)'
	sound
	jq -r '.value[]' "$seen" >"$BATS_TEST_TMPDIR/text"
	[ "$(jq '.value | length' "$seen")" -eq "$(find "$hosts" -mindepth 1 -maxdepth 1 -type d | wc -l)" ]
	for host in "$hosts"/*/; do
		vfiodiag --from "$host/capture" check --format json | jq -r '.findings[] | select(.severity != "ok") | .message, .hint // empty'
	done | sort -u >"$BATS_TEST_TMPDIR/messages" || true
	[ "$(wc -l <"$BATS_TEST_TMPDIR/messages")" -gt 10 ]
	jq -e '[.value[] | scan("ok: ")] == []' "$seen"
	while IFS= read -r message; do
		grep -qF -- "$message" "$BATS_TEST_TMPDIR/text" || {
			echo "not on the page: $message"
			return 1
		}
	done <"$BATS_TEST_TMPDIR/messages"
}

@test "several hosts are compared: a row each, and the hosts of each finding" {
	vfiodiag report "$amd" "$hosts/blocked/capture" "$hosts/no-iommu/capture" -o "$page"
	look '[...document.querySelectorAll("tbody tr")].map(r => [...r.cells].map(c => c.innerText))'
	sound
	jq -e '.title == "VFIO report: 3 hosts" and (.value | length > 4)
		and (.value[0][1] == "ready") and (.value[2][1] == "not ready")
		and ([.value[] | select(.[1] == "The host has no IOMMU groups no-iommu")] |
			.[0][0] == "failure" and .[0][3] == "1 of 3")' "$seen"
}

@test "the drawing shows the ranges that the kernel allowed, and each region" {
	vfiodiag report "$hosts/6.12-zpci/capture" -o "$page"
	look '[...document.querySelectorAll("svg.space .address")].map(t => t.textContent)'
	vfiodiag --from "$hosts/6.12-zpci/capture" probe --all |
		sed -n 's/^  \(0x[0-9a-f]\{16\} - 0x[0-9a-f]\{16\}\) .*/\1/p' >"$BATS_TEST_TMPDIR/space"
	[ -s "$BATS_TEST_TMPDIR/space" ]
	jq -r '.value[]' "$seen" | diff - "$BATS_TEST_TMPDIR/space"
}

@test "light and dark" {
	vfiodiag report "$amd" -o "$page"
	look
	jq -e '.colors.light == ["rgb(255, 255, 255)", "rgb(28, 31, 35)"]
		and .colors.dark == ["rgb(20, 23, 26)", "rgb(230, 232, 235)"]' "$seen"
}

@test "markup from a host stays text (edited: a host full of it)" {
	local word='</title></style><script>document.title="bad"</script><img src=http://192.0.2.1/x onerror=alert(1)>"'\''&amp;'
	cp -r "$amd" "$copy"
	hostile "$copy" "$word"
	vfiodiag report "$copy" "$copy" -o "$page"
	WORD=$word look "[document.scripts.length, document.images.length,
		document.querySelector('h2 + p, section h2').innerText, document.body.innerText]"
	sound
	WORD=$word jq -e '.title == "VFIO report: 2 hosts" and .value[0] == 0 and .value[1] == 0
		and ([.value[3] | scan("document.title=")] | length > 10)
		and (.value[3] | contains("Host " + env.WORD))' "$seen"
}

@test "very long words fit too (edited: words of 500 characters)" {
	local word
	word=$(printf 'w%.0s' {1..500})
	cp -r "$amd" "$copy"
	hostile "$copy" "$word"
	vfiodiag report "$copy" "$amd" -o "$page"
	look
	sound
}

@test "the browser tests can fail: a wide element, a request, a script" {
	vfiodiag report "$amd" -o "$page"
	sed -i 's|</body>|<div style="width:2000px">wide</div></body>|' "$page"
	look
	jq -e '.overflow["1280 screen"] != [] and .overflow["400 screen"] != []' "$seen"
	vfiodiag report "$amd" -o "$page"
	sed -i 's|<meta http-equiv[^>]*>||; s|</body>|<img src="http://192.0.2.1/x"></body>|' "$page"
	look
	jq -e '.requests == ["http://192.0.2.1/x"]' "$seen"
	vfiodiag report "$amd" -o "$page"
	sed -i 's|</body>|<script>document.title = "bad"</script></body>|' "$page"
	look
	jq -e '.complaints != [] and .title == "VFIO report: lab"' "$seen"
}

@test "the page has no external reference and no script" {
	vfiodiag report "$hosts"/*/capture -o "$page"
	absent '<script|<link|<img|<iframe|<object| src=|@import|https?:|javascript:|url\([^#]| on[a-z]+="' "$page"
	grep -q "content=\"default-src 'none'; style-src 'unsafe-inline'\"" "$page"
	[ "$(grep -o 'href="[^"]*"' "$page" | grep -vc 'href="#host-[0-9]*"')" -eq 0 ]
}

@test "every element is closed" {
	vfiodiag report "$hosts"/*/capture -o "$page"
	python3 - "$page" <<-'END'
		import html.parser, sys
		class Parser(html.parser.HTMLParser):
		    stack = []
		    def handle_starttag(self, tag, attributes):
		        if tag not in ("meta", "br"):
		            self.stack.append(tag)
		    def handle_startendtag(self, tag, attributes):
		        pass
		    def handle_endtag(self, tag):
		        assert self.stack.pop() == tag, (tag, self.getpos())
		parser = Parser()
		parser.feed(open(sys.argv[1]).read())
		assert parser.stack == [], parser.stack
	END
}

@test "from an archive the page is the same except for its origin" {
	vfiodiag collect -q --from "$amd" -o "$BATS_TEST_TMPDIR/amd"
	vfiodiag report "$amd" | sed "s|$amd|X|" >"$BATS_TEST_TMPDIR/folder"
	vfiodiag report "$BATS_TEST_TMPDIR/amd" | sed "s|$BATS_TEST_TMPDIR/amd|X|" |
		cmp - "$BATS_TEST_TMPDIR/folder"
}

@test "this host, a sysroot, and --from" {
	vfiodiag report -o "$page"
	grep -q 'this host' "$page"
	vfiodiag report --sysroot "$amd/files" | grep -q 'Group 1'
	cmp <(vfiodiag --from "$amd" report) <(vfiodiag report "$amd")
}

@test "an unreadable capture affects only itself" {
	echo none >"$BATS_TEST_TMPDIR/none"
	run vfiodiag report "$amd" "$BATS_TEST_TMPDIR/none" "$hosts/blocked/capture" -o "$page"
	[ "$status" -eq 3 ]
	[[ $output == *"none' is not a valid capture"* ]]
	[ "$(grep -c '<section id="host-' "$page")" -eq 2 ]
	rm "$page"
	run vfiodiag report "$BATS_TEST_TMPDIR/none" -o "$page"
	[ "$status" -eq 3 ]
	[ ! -e "$page" ]
}

@test "a group with unreadable regions gets a sentence and no drawing (edited: a refusal)" {
	cp -r "$amd" "$copy"
	vfiodiag report "$copy" -o "$page"
	grep -q '<figcaption><strong>Group 1</strong>' "$page"
	absent 'Cannot read the reserved regions' "$page"
	echo '{"fact":"read /sys/kernel/iommu_groups/1/reserved_regions","errno":"EACCES"}' \
		>>"$copy/transcript.jsonl"
	vfiodiag report "$copy" -o "$page"
	absent '<figcaption><strong>Groups? 1[<,-]' "$page"
	grep -q 'Cannot read the reserved regions: Permission denied' "$page"
}

@test "wrong command lines, and a full disk" {
	run vfiodiag report --from "$amd" "$amd"
	[ "$status" -eq 64 ]
	run vfiodiag report "$amd" -o "$BATS_TEST_TMPDIR/none/page.html"
	[ "$status" -eq 64 ]
	run vfiodiag report "$amd" -o /dev/fd/7 7>/dev/full
	[ "$status" -eq 3 ]
	[[ $output == *"cannot write '/dev/fd/7'"* ]]
}

# card: the text of the card of group 1 on $page
card() {
	look '[...document.querySelectorAll(".card")].find(c => c.innerText.startsWith("Group 1")).innerText'
	sound
	jq -r '.value | gsub("\\s+"; " ")' "$seen"
}

@test "entries of a huge page (added to the transcript) are on the page, and their reasons stay text" {
	with_sizes 7.x-amd "$entry_large" '"reason":"<img src=x onerror=alert(1)>"'
	vfiodiag report "$copy" -o "$page"
	run card
	echo "$output"
	[[ $output == *"Superpage splitting: "*"Huge page of 2 MiB, aligned: 2 MiB x 1; off by 4 KiB: not known: <img src=x onerror=alert(1)>"* ]]
	vfiodiag report "$hosts/7.x-amd/capture" -o "$page"
	run card
	[[ $output == *"Superpage splitting: "* ]]
	[[ $output != *"uge page"* ]]
}

@test "a redacted capture with entries of a huge page still has a page" {
	with_sizes 7.x-amd "$entry_large" "$entries_small"
	vfiodiag --from "$copy" collect --redact -q -o "$BATS_TEST_TMPDIR/redacted.tar.zst"
	vfiodiag report "$BATS_TEST_TMPDIR/redacted.tar.zst" -o "$page"
	run card
	echo "$output"
	[[ $output == *"Huge page of 2 MiB, aligned: 2 MiB x 1; off by 4 KiB: 4 KiB x 512"* ]]
}

@test "the memory of a group (added to the transcript) is a bar of its entries, to scale" {
	with_mappings held "$mapped_counts"
	vfiodiag report "$copy" -o "$page"
	run card
	echo "$output"
	[[ $output == *"Mappings: 3.5 GiB, of which at most 2 GiB together in bus and memory"*"2 MiB x 1024: 2 GiB"*"4 KiB x 393728: 1.5 GiB"*"Large entries are those of 2 MiB and more:"*"2 GiB in large entries"*"1 GiB in small entries, though large ones are possible Fix: check that the parameter disable_hugepages"*"512 MiB in small entries, since bus addresses and memory are at different offsets Fix: back the guest with huge pages"*"2 MiB in small entries, since the memory is in small pieces"* ]]
	look '[...document.querySelectorAll("svg.entries rect")].map(r => [r.getAttribute("class"), r.getBoundingClientRect().width])'
	# 2 GiB of 3.5 GiB are four of seven parts.
	jq -e '.value | length == 2 and .[0][0] == "part usable" and .[1][0] == "part reserved" and
		(.[0][1] / (.[0][1] + .[1][1]) * 7 | . > 3.9 and . < 4.1)' "$seen"
	vfiodiag report "$hosts/held/capture" -o "$page"
	run card
	[[ $output != *"Mappings"* ]]
}

@test "mappings of another size, none, and those that are not known" {
	with_mappings held '"result":"read","large":"0x200000","page_sizes":"0x201000","n_entries":"0x2","bytes":"0x203000",
		"longest":"0x200000","bytes_large":"0x200000","bytes_scattered":"0x3000","n_other":"0x1","bytes_other":"0x3000",
		"entries":[{"size":"0x200000","count":"0x1"}]'
	vfiodiag report "$copy" -o "$page"
	run card
	echo "$output"
	[[ $output == *"2 MiB x 1: 2 MiB other sizes x 1: 12 KiB"* ]]
	# So small a part is seen.
	look '[...document.querySelectorAll("svg.entries rect")].map(r => r.getBoundingClientRect().width)'
	jq -e '.value | length == 2 and .[1] > 2' "$seen"
	with_mappings held '"result":"read","large":"0x200000","page_sizes":"0x1000","entries":[]'
	vfiodiag report "$copy" -o "$page"
	run card
	[[ $output == *"Mappings: nothing is mapped"* ]]
	with_mappings held '"result":"unknown","reason":"<script>document.title=1</script>"'
	vfiodiag report "$copy" -o "$page"
	run card
	[[ $output == *"Mappings: not known: <script>document.title=1</script>"* ]]
}
