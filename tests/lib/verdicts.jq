# SPDX-License-Identifier: GPL-2.0-or-later
# What an answer of the program says of a host, a line each: verdicts, findings, ranges and windows, but no
# facts and no sentences, so that a new fact or a better sentence changes no host's.

def range: if . == null then "none" else "\(.start) - \(.end)" end;
def words: map(if . == null then "none" else tostring end) | join(" ");

def of_report:
	(.subjects[]? | ["group", .group, .verdict]),
	(.properties // {} | to_entries[] | ["property", .key, .value]),
	(.probes[]? |
		["probe", .group, .backend, .fine_grained_superpages, .superpage_splitting, .method, .confidence],
		["window", (.window | range), "kernel", (.kernel_window | range), .kernel_rule,
			(.kernel_window_predicted | range)],
		["unmap", .partial_unmap.result, .partial_unmap.errno, "error", .error.step, .error.errno],
		(.iova_ranges[]? | ["range", range]));

def of_iova:
	(.iova // empty |
		["iova", .group, .known_by, .address_bits, "error", .error.step, .error.errno],
		(.parts[]? | ["part", range, .use, .type, .reason]),
		(.first_windows[]? | ["first", .page_size, (.window | range)])),
	(.query // empty |
		["query", .usable, .hit.reason, (.nearest_below | range), (.nearest_above | range)],
		(.causes[]? | select(.stand != "possible") | ["cause", .stand, .cause]));

def of_fits:
	select(.guest) |
	["largest", .largest_memory, "address bits", .bar_address_bits, .guest.phys_bits_needed],
	["maps", .maps.pieces, .maps.limit],
	["memlock", .memlock.need, .memlock.limit, .memlock.unlimited, .memlock.known_by],
	(.groups[] | ["group", .group, .known_by, "error", .error.step, .error.errno]),
	(.pieces[] | ["piece", range, .name, .taken]);

def of_bench:
	.bench // empty |
	["bench", .group, .backend, .method, .limit.bytes, .limit.bound_by, (.window | range)],
	(.series[]? | .page_size as $size | .points[] | ["map", $size, .size, .map.median_ns, .unmap.median_ns]);

if .verdict then ["verdict", .verdict] else empty end, of_report, of_iova, of_fits, of_bench,
	((.findings[]?, .remarks[]?) | [.severity, (.id // .remark), .subject // empty])
	| words
