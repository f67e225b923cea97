# SPDX-License-Identifier: GPL-2.0-or-later
# share/nagios and share/icinga2, with Nagios, NRPE and Icinga 2 themselves.

setup() {
	load lib
	mkdir "$work/objects" "$work/results"
}

teardown() {
	end_children
}

# rest_of_nagios: all that a Nagios has around our objects, into $work
rest_of_nagios() {
	cat >"$work/nagios.cfg" <<-END
		cfg_dir=$work/objects
		log_file=$work/nagios.log
		status_file=$work/status.dat
		object_cache_file=$work/objects.cache
		check_result_path=$work/results
		lock_file=$work/nagios.lock
		temp_path=$work
		temp_file=$work/temporary
		query_socket=$work/nagios.qh
		command_file=$work/nagios.cmd
		state_retention_file=$work/retention.dat
		nagios_user=$(id -un)
		nagios_group=$(id -gn)
		check_external_commands=0
		status_update_interval=1
		interval_length=1
		illegal_macro_output_chars=\`~\$&|'"<>
	END
	cat >"$work/objects/rest.cfg" <<-'END'
		define timeperiod {
			timeperiod_name	always
			alias		always
			monday		00:00-24:00
			tuesday		00:00-24:00
			wednesday	00:00-24:00
			thursday	00:00-24:00
			friday		00:00-24:00
			saturday	00:00-24:00
			sunday		00:00-24:00
		}
		define command {
			command_name	nothing
			command_line	/bin/true
		}
		define contact {
			contact_name			somebody
			host_notification_period	always
			service_notification_period	always
			host_notification_commands	nothing
			service_notification_commands	nothing
		}
		define service {
			name			generic-service
			check_period		always
			notification_period	always
			contacts		somebody
			register		0
		}
		define host {
			host_name		blocked
			address			127.0.0.1
			hostgroups		vfio-hosts
			check_command		nothing
			check_period		always
			notification_period	always
			max_check_attempts	1
			contacts		somebody
		}
		define service {
			use			generic-service
			host_name		blocked
			service_description	by itself
			check_command		check_vfio!--ignore group-not-viable
			check_interval		15
			max_check_attempts	1
		}
	END
}

# shown SERVICE: what Nagios knows of it, once it was checked
shown() {
	awk -v service="$1" '
		/^servicestatus/ { text = ""; mine = 0; inside = 1 }
		inside { text = text $0 "\n"; if ($0 == "\tservice_description=" service) mine = 1 }
		/^\t}/ { if (inside && mine) printf "%s", text; inside = 0 }' "$work/status.dat" >"$work/shown"
	grep -q '^	has_been_checked=1$' "$work/shown"
}

# nrpe_on PORT: the daemon, with our command. It refuses to be root.
nrpe_on() {
	local user group
	user=$(id -un) group=$(id -gn)
	[ "$(id -u)" -ne 0 ] || user=nobody group=nogroup
	mkdir "$public/nrpe.d"
	sed "s|/usr/sbin/vfiodiag|$public/vfiodiag|" "$share/nagios/nrpe.cfg" >"$public/nrpe.d/vfiodiag.cfg"
	cat >"$public/nrpe.cfg" <<-END
		server_address=127.0.0.1
		server_port=$1
		allowed_hosts=127.0.0.1
		nrpe_user=$user
		nrpe_group=$group
		pid_file=$work/nrpe.pid
		command_timeout=60
		include_dir=$public/nrpe.d
	END
	background "$work/nrpe.log" engine usr/sbin/nrpe -n -f -c "$public/nrpe.cfg"
}

# our_objects: as they are, but for the places of the programs
our_objects() {
	sed "s|/usr/lib/nagios/plugins/check_nrpe|$work/check_nrpe -n -p ${1:-5666}|
		s|/usr/sbin/vfiodiag|$public/vfiodiag|" "$share/nagios/vfiodiag.cfg" >"$work/objects/vfiodiag.cfg"
	cat >"$work/check_nrpe" <<-END
		#!/bin/sh
		LD_LIBRARY_PATH='$engine_libraries' exec '$engines/usr/lib/nagios/plugins/check_nrpe' "\$@"
	END
	chmod +x "$work/check_nrpe"
}

icinga2() {
	local name
	local -a options=()
	for name in data log cache spool run; do
		mkdir -p "$work/$name"
	done
	for name in Data Log Cache Spool Config; do
		options+=(-D "${name}Dir=$work/${name,,}")
	done
	options+=(-D "InitRunDir=$work/run" -D "RunAsUser=$(id -un)" -D "RunAsGroup=$(id -gn)")
	engine "usr/lib/${engine_libraries##*/}/icinga2/sbin/icinga2" daemon -c "$work/icinga2.conf" \
		-I "$engines/usr/share/icinga2/include" "${options[@]}" "$@"
}

@test "Nagios takes the objects" {
	public blocked
	rest_of_nagios
	our_objects
	engine usr/sbin/nagios4 -v "$work/nagios.cfg" >"$work/verified" || {
		cat "$work/verified"
		return 1
	}
	[ "$(grep -cE '^Total (Warnings|Errors): *0$' "$work/verified")" -eq 2 ]

	# And what it does not know is refused.
	sed -i 's/hostgroup_name\tvfio-hosts/hostgroup_names\tvfio-hosts/' "$work/objects/vfiodiag.cfg"
	run engine usr/sbin/nagios4 -v "$work/nagios.cfg"
	[ "$status" -ne 0 ]
}

@test "Nagios asks a host by NRPE, and itself" {
	local port
	public blocked
	port=$(free_port)
	nrpe_on "$port"
	rest_of_nagios
	our_objects "$port"
	within 60 "$work/check_nrpe" -n -p "$port" -H 127.0.0.1
	background "$work/log" engine usr/sbin/nagios4 "$work/nagios.cfg"

	within 120 shown 'VFIO pass-through'
	cat "$work/shown"
	grep -x '	current_state=2' "$work/shown"
	grep -F "	plugin_output=$(vfiodiag --from "$hosts/blocked/capture" check --format nagios |
		sed -n '1s/|.*//; 1s/ *$//p')" "$work/shown"
	grep -E '	performance_data=.*=[0-9]' "$work/shown"

	# The same host, with what is not viable left out by the argument.
	within 120 shown 'by itself'
	cat "$work/shown"
	grep -x '	current_state=0' "$work/shown"
}

@test "Icinga 2 takes the command and the service" {
	cat >"$work/icinga2.conf" <<-END
		include <itl>
		include "$share/icinga2/vfiodiag.conf"
		object Host "ours" {
			check_command = "dummy"
			vars.vfio = true
		}
		object Host "other" { check_command = "dummy" }
	END
	icinga2 -C | tee "$work/verified"
	grep -F 'Instantiated 1 Service.' "$work/verified"

	# And what it does not know is refused.
	sed 's/set_if/set_iff/; s/timeout = 1m/time_out = 1m/' "$share/icinga2/vfiodiag.conf" >"$work/bad.conf"
	sed -i "s|$share/icinga2/vfiodiag.conf|$work/bad.conf|" "$work/icinga2.conf"
	run icinga2 -C
	[ "$status" -ne 0 ]
}

# told HOST: whether Icinga has written what came of a host. The files come and go: look anew each time.
told() {
	grep -qs "^$1 " "$work"/perfdata.* "$work/temporary"
}

@test "Icinga 2 runs it with the arguments of the host" {
	public blocked
	sed "s|/usr/sbin/vfiodiag|$public/vfiodiag|" "$share/icinga2/vfiodiag.conf" >"$work/vfiodiag.conf"
	# It writes what it got into a file: all else of it are its own ways of telling.
	cat >"$work/icinga2.conf" <<-END
		include <itl>
		include "$work/vfiodiag.conf"
		object CheckerComponent "checker" {}
		object PerfdataWriter "perfdata" {
			host_perfdata_path = "$work/host-perfdata"
			service_perfdata_path = "$work/perfdata"
			host_temp_path = "$work/host-temporary"
			service_temp_path = "$work/temporary"
			service_format_template = "\$host.name\$ \$service.state_id\$ \$service.output\$ | \$service.perfdata\$"
			rotation_interval = 1s
		}
		object Host "plain" {
			check_command = "dummy"
			vars.vfio = true
		}
		object Host "lenient" {
			check_command = "dummy"
			vars.vfio = true
			vars.vfiodiag_ignore = [ "group-not-viable" ]
			vars.vfiodiag_subjects = [ "1" ]
		}
	END
	background "$work/icinga2.log" icinga2
	within 120 told plain || {
		tail "$work/icinga2.log"
		return 1
	}
	within 120 told lenient
	cat "$work"/perfdata.* "$work/temporary" 2>/dev/null | tee "$work/told"
	grep -E '^plain 2 .*not ready' "$work/told"
	grep -E '\| .*\<failures=1;' "$work/told"
	grep -E '^lenient 0 .*ready' "$work/told"
}
