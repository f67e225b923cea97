# SPDX-License-Identifier: GPL-2.0-or-later
# share/prometheus and share/grafana, with promtool, node_exporter and Prometheus themselves.

setup() {
	load lib
	rules=$share/prometheus/vfiodiag.rules.yml
	dashboard=$share/grafana/vfiodiag.json
}

teardown() {
	end_children
}

# metrics_printed: the names of all metrics that the program prints on any recorded host
metrics_printed() {
	local host
	for host in "$hosts"/*/; do
		vfiodiag --from "$host/capture" check --format prometheus || [ $? -le 3 ]
	done | sed -n 's/^\(vfiodiag_[a-z_]*\).*/\1/p' | sort -u
}

# metrics_named FILE…: those that files name
metrics_named() {
	grep -ohE '\bvfiodiag_[a-z_]+' "$@" | sort -u
}

# expressions: the queries of the dashboard, one a line, with its variables filled in
expressions() {
	jq -r '.. | objects | .expr? // empty' "$dashboard" | sed 's/\$job/.*/g; s/\$instance/.*/g'
}

# as_rules: expressions on standard input, as a file of recording rules
as_rules() {
	jq -Rn '{groups: [{name: "dashboard", rules: [inputs | {record: "checked", expr: .}]}]}'
}

# address LOG: where a program that logs it listens
address() {
	sed -n 's/.*msg="Listening on".* address=\([^ ]*\).*/\1/p' "$1" | head -n 1 | grep .
}

# query EXPRESSION: what Prometheus at $prometheus says to it, at least one sample
query() {
	promtool query instant "http://$prometheus" "$1" | grep .
}

@test "promtool takes what every host gives, and complains of nothing" {
	local host
	for host in $(wanted_hosts); do
		vfiodiag --from "$host/capture" check --format prometheus >"$work/samples" || true
		promtool check metrics <"$work/samples" >"$work/said" 2>&1
		cat "$work/said"
		[ ! -s "$work/said" ]
	done
	# It is not that it takes anything.
	sed -i '/HELP vfiodiag_devices/d' "$work/samples"
	run promtool check metrics <"$work/samples"
	[ "$status" -ne 0 ]
}

@test "the rules are well-formed" {
	promtool check rules --lint=all --lint-fatal "$rules"
}

@test "the rules do what their unit test says" {
	promtool test rules "$share/prometheus/vfiodiag.rules.test.yml"
}

@test "the unit test notices each alert that is broken" {
	local alert
	cp "$share"/prometheus/* "$work"
	sed -n 's/.*- alert: //p' "$rules" >"$work/alerts"
	[ -s "$work/alerts" ]
	while read -r alert; do
		# Its condition never holds.
		awk -v alert="$alert" '/- alert:/ { mine = $3 == alert }
			mine && /^ *expr:/ { print "        expr: vector(1) < 0"; skip = /[>|]-$/; next }
			/^ *for:/ { skip = 0 }
			!skip' "$rules" >"$work/vfiodiag.rules.yml"
		[ "$(<"$work/vfiodiag.rules.yml")" != "$(<"$rules")" ]
		promtool check rules "$work/vfiodiag.rules.yml" >/dev/null
		run promtool test rules "$work/vfiodiag.rules.test.yml"
		echo "$alert: $status"
		[ "$status" -ne 0 ]
		[[ $output == *"alertname: $alert,"* ]]
	done <"$work/alerts"
}

@test "rules and dashboard name no metric that is not printed" {
	metrics_printed >"$work/printed"
	metrics_named "$rules" "$share/prometheus/vfiodiag.rules.test.yml" "$dashboard" >"$work/named"
	[ -s "$work/printed" ]
	[ -s "$work/named" ]
	run comm -13 "$work/printed" "$work/named"
	echo "named, and not printed: $output"
	[ -z "$output" ]
}

@test "the dashboard's queries are PromQL" {
	expressions >"$work/expressions"
	[ "$(wc -l <"$work/expressions")" -ge 10 ]
	as_rules <"$work/expressions" >"$work/rules.json"
	promtool check rules --lint=none "$work/rules.json"

	# And what is none is refused.
	sed '1s/$/ by/' "$work/expressions" | as_rules >"$work/rules.json"
	run promtool check rules --lint=none "$work/rules.json"
	[ "$status" -ne 0 ]
}

@test "the dashboard holds together" {
	# Panels have ids of their own, lie in the 24 columns, and not on one another.
	jq -e '[.panels[].id] | length == (unique | length)' "$dashboard"
	jq -e '[.panels[].gridPos | .x >= 0 and .w > 0 and .x + .w <= 24] | all' "$dashboard"
	jq -e '[.panels[].gridPos | . as $p | range($p.x; $p.x + $p.w) as $x | range($p.y; $p.y + $p.h) as $y
		| [$x, $y]] | length == (unique | length)' "$dashboard"
	# Everything asks the data source that was chosen, and the variables that there are.
	jq -e '[.. | objects | .datasource? // empty | objects | .uid] | unique == ["${datasource}"]' "$dashboard"
	jq -r '.. | strings' "$dashboard" | grep -oE '\$\{?[a-z]+' | tr -d '${' | sort -u >"$work/used"
	jq -r '.templating.list[].name' "$dashboard" | sort >"$work/defined"
	diff "$work/defined" "$work/used"
}

@test "node_exporter shows the file, Prometheus takes it, alerts, and has data for each panel" {
	mkdir "$work/textfile"
	vfiodiag --from "$hosts/blocked/capture" check --format prometheus -o "$work/textfile/vfiodiag.prom" ||
		[ $? -eq 2 ]
	background "$work/exporter.log" engine usr/bin/prometheus-node-exporter \
		--web.listen-address=127.0.0.1:0 --collector.disable-defaults --collector.textfile \
		--collector.stat --collector.textfile.directory="$work/textfile"
	within 60 address "$work/exporter.log"

	# The rules as they are, but for an alert after an hour there is no time.
	sed 's/^\( *for:\) .*/\1 1s/' "$rules" >"$work/vfiodiag.rules.yml"
	cat >"$work/prometheus.yml" <<-END
		global: {scrape_interval: 1s, evaluation_interval: 1s}
		rule_files: [vfiodiag.rules.yml]
		scrape_configs:
		  - job_name: node
		    static_configs: [{targets: ["$(address "$work/exporter.log")"]}]
	END
	promtool check config "$work/prometheus.yml"
	background "$work/prometheus.log" engine usr/bin/prometheus --config.file="$work/prometheus.yml" \
		--storage.tsdb.path="$work/tsdb" --web.listen-address=127.0.0.1:0
	within 60 address "$work/prometheus.log"
	prometheus=$(address "$work/prometheus.log")

	within 60 query 'vfiodiag_check_status == 2'
	within 60 query 'ALERTS{alertname="VfioNotReady",alertstate="firing"}'
	# A file that could not be read would show here.
	query 'node_textfile_scrape_error == 0'
	query 'node_textfile_mtime_seconds{file=~".*/vfiodiag.prom"}'
	run query 'ALERTS{alertname=~"VfioUnmeasured|VfioTextfile.*|VfioRegressed"}'
	[ -z "$output" ]

	local expression
	while IFS= read -r expression; do
		# The host was not rebooted.
		[[ $expression != changes* ]] || continue
		echo "$expression"
		query "$expression"
	done < <(expressions)
}
