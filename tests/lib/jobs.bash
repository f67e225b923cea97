# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # $top is set by tests/run
# The jobs of tests/run. Each counts what it finds in $passed and $failed and goes on.

passed=0
failed=0
failures=()
logs=$(mktemp -d)
# The jobs that run, by their process.
declare -A running=()
trap 'for pid in "${!running[@]}"; do kill -- "-$pid" 2>/dev/null || true; done; rm -rf "$logs"' EXIT

print_environment() {
	local tool
	for tool in gcc clang bats valgrind qemu-system-x86_64 mandoc shellcheck; do
		printf '%-20s %s\n' "$tool" "$($tool --version 2>/dev/null | grep -m 1 '[0-9]' || echo "no version")"
	done
}

print_failures() {
	[ ${#failures[@]} -eq 0 ] || printf 'failed: %s\n' "${failures[@]}"
}

count() {
	if [ "$1" = ok ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		failures+=("$2")
	fi
	echo "$1 - $2"
}

# job_apart NAME FILE: that job, in a process of its own; what it counted goes to FILE.
job_apart() {
	local seconds=$SECONDS
	running=()
	logs=$(mktemp -d)
	trap 'rm -rf "$logs"' EXIT
	# The first test of the job that wants recorded hosts unpacks them.
	export VFIODIAG_UNPACKED=$logs/hosts
	passed=0 failed=0 failures=()
	echo "== $1"
	"job_$1"
	echo "== $1 took $((SECONDS - seconds)) s"
	{
		echo "$passed $failed"
		[ ${#failures[@]} -eq 0 ] || printf '%s\n' "${failures[@]}"
	} >"$2"
}

# add_job NAME: show and count what a job left in $results; one that left no count has failed.
add_job() {
	local more_passed more_failed
	local -a more=()
	[ ! -e "$results/$1.log" ] || cat "$results/$1.log"
	if [ ! -e "$results/$1" ]; then
		count "not ok" "the job $1 came to its end"
		return
	fi
	read -r more_passed more_failed <"$results/$1"
	passed=$((passed + more_passed))
	failed=$((failed + more_failed))
	mapfile -t -s 1 more <"$results/$1"
	failures+=("${more[@]}")
}

# start_job NAME alone|beside: in the background and a process group of its own, where signals are not ignored;
# alone, it shows what it does while it does it.
start_job() {
	local log=$results/$1.log
	set -m
	if [ "$2" = alone ]; then
		job_apart "$1" "$results/$1" &
	else
		job_apart "$1" "$results/$1" >"$log" 2>&1 &
	fi
	set +m
	running[$!]=$1
}

# end_job: wait for one that runs, and count it.
end_job() {
	local pid
	wait -n -p pid "${!running[@]}" || true
	add_job "${running[$pid]}"
	unset "running[$pid]"
}

is_alone() {
	[[ " ${alone[*]} " == *" $1 "* ]]
}

# run_jobs NAME…: two at a time, but those of $alone.
run_jobs() {
	local job
	results=$logs/jobs
	mkdir -p "$results"
	for job in "$@"; do
		while [ ${#running[@]} -gt 1 ] || { [ ${#running[@]} -eq 1 ] && is_alone "$job"; }; do
			end_job
		done
		if [ $# -eq 1 ] || is_alone "$job"; then
			start_job "$job" alone
			end_job
		else
			start_job "$job" beside
		fi
	done
	while [ ${#running[@]} -gt 0 ]; do
		end_job
	done
}

# check NAME COMMAND…: one test; what it printed is shown when it fails.
check() {
	local name=$1
	shift
	if "$@" >"$logs/log" 2>&1 </dev/null; then
		count ok "$name"
	else
		count "not ok" "$name"
		tail -n 60 "$logs/log" | sed 's/^/    /'
	fi
}

# tap NAME COMMAND…: a program that prints TAP; each of its tests is one. Fewer tests than planned,
# or a failing program without a failing test, is a failure too.
tap() {
	local name=$1 status=0 line planned=0 seen=0 bad=0
	shift
	"$@" >"$logs/tap" 2>"$logs/err" </dev/null || status=$?
	while IFS= read -r line; do
		case $line in
		1..*) planned=${line#1..} ;;
		"ok "*"# skip"* | "ok "*"# SKIP"*)
			seen=$((seen + 1))
			if [ -n "${CI:-}" ]; then
				bad=1
				count "not ok" "$name: ${line#ok } (skipped)"
			else
				echo "$line"
			fi
			;;
		"ok "*)
			seen=$((seen + 1))
			passed=$((passed + 1))
			;;
		"not ok "*)
			seen=$((seen + 1))
			bad=1
			count "not ok" "$name: ${line#not ok }"
			;;
		*) [ "$bad" -eq 0 ] || echo "    $line" ;;
		esac
	done <"$logs/tap"
	if [ "$seen" -ne "$planned" ] || [ "$seen" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; }; then
		count "not ok" "$name: $seen of $planned tests ran, status $status"
		bad=1
	fi
	[ "$bad" -eq 0 ] || tail -n 30 "$logs/err" | sed 's/^/    /'
	echo "   $name: $seen tests"
}

# configured FOLDER OPTION…: a build tree, made once.
configured() {
	local folder=$1 source
	shift
	if [ ! configure -nt configure.ac ] || [ ! configure -nt Makefile.am ]; then
		./autogen.sh || return
	fi
	source=$(scripts/source) || return
	# One that was made before this tree was configured itself, or after, has its sources elsewhere.
	grep -qsx "abs_top_srcdir = $source" "$folder/Makefile" || rm -rf "$folder"
	mkdir -p "$folder"
	if [ ! "$folder/config.status" -nt configure ]; then
		(cd "$folder" && "$source/configure" --quiet --enable-werror --enable-tests "$@")
	fi
}

# built FOLDER OPTION…: that, and everything in it built, the tests too. One job at a time: they share
# build trees.
built() {
	mkdir -p build
	(
		flock 9
		configured "$@" && make -C "$1" -s -j"$(nproc)" check-programs
	) 9>build/lock
}

# need FOLDER OPTION…: a build that a job cannot do without.
need() {
	built "$@" >"$logs/log" 2>&1 </dev/null && return 0
	count "not ok" "build in $1"
	tail -n 60 "$logs/log" | sed 's/^/    /'
	return 1
}

# run_units FOLDER: each unit test program there, under $VFIODIAG_UNDER.
run_units() {
	local program
	for program in "$1"/tests/unit/test_*; do
		if [ -x "$program" ] && [ ! -d "$program" ]; then
			# shellcheck disable=SC2086 # a command with its options
			tap "$(basename "$program")" ${VFIODIAG_UNDER:-} "$program"
		fi
	done
}

# run_corpora FOLDER: each fuzzing program there, through its corpus.
run_corpora() {
	local program
	for program in "$1"/tests/fuzz/fuzz_*; do
		if [ -x "$program" ]; then
			tap "$(basename "$program")" "$program"
		fi
	done
}

# run_bats [--filter-tags TAGS]… FILE…: those of the tests that have all TAGS of one filter.
run_bats() {
	local file
	local -a filter=()
	while [ "$1" = --filter-tags ]; do
		filter+=("$1" "$2")
		shift 2
	done
	for file in "$@"; do
		# A file may have none of them.
		if [ ${#filter[@]} -eq 0 ] || [ "$(bats --count "${filter[@]}" "$file")" -gt 0 ]; then
			tap "$(basename "$file")" bats --tap --jobs "$(nproc)" --no-parallelize-across-files \
				"${filter[@]}" "$file"
		fi
	done
}

# keep_json: the tests that run from here on keep the JSON that they print; check_json JOB KIND… looks at
# it, and wants some of each kind.
keep_json() {
	export VFIODIAG_JSON_LOG=$logs/json
	rm -rf "$VFIODIAG_JSON_LOG"
	mkdir "$VFIODIAG_JSON_LOG"
}

check_json() {
	local job=$1
	shift
	check "the JSON that the tests of $job printed is what the schema describes" \
		tests/lib/schema --log "$VFIODIAG_JSON_LOG" "$@"
	tail -n 1 "$logs/log" | sed 's/^/    /'
	rm -rf "$VFIODIAG_JSON_LOG"
	unset VFIODIAG_JSON_LOG
}

job_build() {
	check "build with gcc, warnings are errors" built build/gcc
	check "build with clang, warnings are errors" built build/clang CC=clang
	# What several jobs use; each builds it where it runs by itself.
	[ -z "${all_jobs:-}" ] || need build/sanitize "${sanitized[@]}" || true
}

job_unit() {
	need build/gcc || return 0
	run_units build/gcc
	run_corpora build/gcc
}

# How long each program of tests/fuzz looks for what breaks it; some hours are a long run.
job_fuzz() {
	check "build for fuzzing" fuzzing build/fuzz
	check "what is no corpus is refused" tests/fuzz/negative corpus build/gcc
	check "a planted fault is found" tests/fuzz/negative planted build/fuzz
	tap fuzz tests/fuzz/run --seconds "${VFIODIAG_FUZZ_SECONDS:-20}" build/fuzz
	sed -n 's/^ok [0-9]* - /    /p' "$logs/tap"
	# A second fuzzer, of the whole program.
	check "build for AFL++" whole build/afl
	tap afl tests/fuzz/afl/run --seconds "${VFIODIAG_FUZZ_SECONDS:-10}" build/afl
	sed -n 's/^ok [0-9]* - /    /p' "$logs/tap"
}

# whole FOLDER: the whole program for AFL++. Less optimised, since the build takes longer than the run.
whole() {
	configured "$1" CC=afl-clang-fast CFLAGS="-O1 -g" --enable-fuzzing &&
		AFL_QUIET=1 make -C "$1" -s -j"$(nproc)" whole-programs
}

# fuzzing FOLDER: the fuzzing programs with libFuzzer, and without it in build/gcc.
fuzzing() {
	built build/gcc && configured "$1" CC=clang --enable-fuzzing &&
		make -C "$1" -s -j"$(nproc)" fuzz-programs
}

# The whole command line, by the program as it is installed. In a run of all jobs, what the sanitized
# program does too is left to it (job sanitize), but on hosts of some kinds (job distcheck).
job_cli() {
	local -a filter=()
	need build/gcc || return 0
	[ -z "${all_jobs:-}" ] || filter=(--filter-tags strace --filter-tags many --filter-tags sandbox)
	keep_json
	VFIODIAG=$top/build/gcc/vfiodiag run_bats "${filter[@]}" tests/cli/*.bats
	if [ -z "${all_jobs:-}" ]; then
		check_json cli "${cli_json[@]}"
	else
		check_json cli report
	fi
}

# What the command line's tests print among others.
cli_json=(report unread_capture facts iova_answer fits_answer bench_answer mappings_answer diff_answer list)

# What is below share/, by the engines that it is for.
job_integration() {
	need build/gcc || return 0
	if ! ENGINES=$(tests/integration/engines 2>"$logs/log"); then
		count "not ok" "the engines could be fetched"
		sed 's/^/    /' "$logs/log"
		return 0
	fi
	ENGINES=$ENGINES VFIODIAG=$top/build/gcc/vfiodiag run_bats tests/integration/*.bats
}

job_vm() {
	need build/gcc || return 0
	keep_json
	# The matrix first: what is wrong with the lab shows there.
	check "cross build for arm64" tests/vm/cross arm64
	check "cross build for s390x" tests/vm/cross s390x
	tap matrix tests/vm/matrix
	sed -n 's/^# \([^ ].* .*\)/    \1/p' "$logs/tap" >"$logs/matrix"
	check "the program of page_table.bats" make -s -C build/gcc tests/vm/page_table
	VFIODIAG=$top/build/gcc/vfiodiag run_bats tests/vm/*.bats
	check_json vm report iova_answer fits_answer bench_answer list change
	cat "$logs/matrix"
}

# What fails one at a time, see docs/faults.md. The long form: tests/faults/run --all
job_faults() {
	need build/gcc || return 0
	check "the program with its witness" make -C build/gcc -s tests/faults/vfiodiag
	tap faults tests/faults/run
	sed -n 's/^# /    /p' "$logs/tap"
}

# Built with the sanitizers and with counters of the lines that ran.
sanitized=(--enable-asan --enable-ubsan --enable-coverage CFLAGS="-O1 -g")

# Of the program's lines, in percent, what the tests without a VM run at least.
least_covered=93

# The sanitizers end the program at the first error, with a status that no test expects. The same runs
# count lines. What only a VM reaches is told in docs/analysis.md.
job_sanitize() {
	need build/sanitize "${sanitized[@]}" || return 0
	find build/sanitize -name '*.gcda' -delete
	run_units build/sanitize
	run_corpora build/sanitize
	keep_json
	# LeakSanitizer does not work under strace, and opens files of its own: there is no sandbox either.
	VFIODIAG=$top/build/sanitize/vfiodiag run_bats --filter-tags '!strace,!many,!sandbox' tests/cli/*.bats
	check_json sanitize "${cli_json[@]}"
	HOSTILE_HOSTS=in-use VFIODIAG=$top/build/sanitize/vfiodiag \
		run_bats --filter-tags hostile tests/cli/hostile.bats
	check "$least_covered percent of the lines ran" tests/lib/covered build/sanitize "$least_covered"
	sed -n '/^TOTAL/s/^/    /p' build/sanitize/coverage.txt
	check "sanitized probes of real kernels" sanitized_in_vm
}

sanitized_in_vm() {
	local iommu
	for iommu in intel amd; do
		tests/vm/run --iommu "$iommu" --program build/sanitize/vfiodiag -- probe --all || return
	done
}

# One host of each kind, for jobs in which a run takes long or which only repeat what others do. Tests
# that run the program hundreds of times are tagged "many" and left out there too. The job cli sees
# all, and the sanitizers all hosts.
some_hosts="5.10-intel 6.1-amd 6.12-zpci 7.x-amd blocked busy in-use no-iommu-probe virtual-functions"

job_valgrind() {
	local valgrind="valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible --trace-children=no --suppressions=$top/tests/lib/valgrind.supp --log-file=$logs/valgrind.%p"
	need build/gcc || return 0
	VFIODIAG_UNDER=$valgrind run_units build/gcc
	# Wrong command lines end the program where it is, and what it then still holds looks like a leak to
	# valgrind: leaks of whole runs are LeakSanitizer's (job sanitize). What valgrind alone sees is the use
	# of what was never written: every command on recorded hosts, and what writes and reads captures.
	VFIODIAG_HOSTS=$some_hosts VFIODIAG_UNDER="$valgrind --leak-check=no" VFIODIAG=$top/build/gcc/vfiodiag \
		run_bats --filter-tags '!strace,!many' tests/cli/{hosts,collect,diff,redact}.bats
}

# The next release of Debian: another compiler, other libraries and tools. In a root of it, which
# tests/lib/trixie makes.
job_trixie() {
	local line inside_passed=0 inside_failed=0
	# What it counted comes last.
	# shellcheck disable=SC2016 # the shell inside expands it
	tests/lib/trixie bash -c 'top=$PWD && . tests/lib/jobs.bash && job_apart inside counts && cat counts' \
		>"$logs/trixie" 2>&1 </dev/null || true
	sed '/^== inside took/q' "$logs/trixie"
	while read -r line; do
		if [[ $line =~ ^([0-9]+)\ ([0-9]+)$ ]]; then
			inside_passed=${BASH_REMATCH[1]} inside_failed=${BASH_REMATCH[2]}
		else
			failures+=("trixie: $line")
		fi
	done < <(sed '1,/^== inside took/d' "$logs/trixie")
	passed=$((passed + inside_passed))
	failed=$((failed + inside_failed))
	[ "$inside_passed" -gt 0 ] || count "not ok" "trixie: the tests ran"
}

job_inside() {
	local -a files
	mapfile -t files < <(printf '%s\n' tests/cli/*.bats | grep -v /report.bats)
	need build/gcc || return 0
	run_units build/gcc
	run_corpora build/gcc
	# The root has no browser, which report.bats is about.
	VFIODIAG_HOSTS=$some_hosts VFIODIAG=$top/build/gcc/vfiodiag \
		run_bats --filter-tags '!many' "${files[@]}"
}

# The tarball has all that a clone has, so its tests are those of the job cli: some of them show that
# they find what they need.
job_distcheck() {
	need build/gcc || return 0
	VFIODIAG_HOSTS=$some_hosts check "make distcheck" make -C build/gcc -s -j"$(nproc)" distcheck \
		AM_BATS_LOG_FLAGS="--tap --filter-tags !many" \
		BATS_FILES="tests/cli/hosts.bats tests/cli/check.bats tests/cli/usage.bats"
	check "the tarball has every file" tests/lib/disted build/gcc
}

job_package() {
	need build/gcc || return 0
	check "the program is hardened" tests/lib/hardened build/gcc/vfiodiag
	check "make install, and uninstall leaves nothing" tests/lib/installs build/gcc
	check "a tree that was configured itself can be built from" tests/lib/in-place
	check "the packages ask for what building asks for" tests/lib/build-depends
	check "Debian package" tests/lib/deb build/gcc
	check "RPM spec" tests/lib/rpm build/gcc
}

# The analyzers want a build tree for what they are told to compile; gcc's builds it anew.
job_analysis() {
	configured build/analyzer CC=gcc CFLAGS="-O2 -g -fanalyzer" --disable-werror --disable-tests \
		>"$logs/log" 2>&1 </dev/null
	check "gcc -fanalyzer" tests/lib/analyzed build/analyzer
	check "clang-tidy" tests/lib/tidy build/analyzer
	check "cppcheck" tests/lib/cppchecked
	tap "analysis.bats" bats --tap tests/lib/analysis.bats
}

# Figures for people; nothing in it passes or fails but that it could be measured.
job_bench() {
	scripts/setup bench
	need build/gcc || return 0
	if tests/bench/run build/gcc/vfiodiag; then
		count ok "measured"
	else
		count "not ok" "measured"
	fi
}

job_style() {
	check "shellcheck" tests/lib/shellcheck
	check "clang-format" tests/lib/formatted
	check "SPDX line first in each file" tests/lib/licensed
	check "includes go one way" tests/lib/includes src
	tap "includes.bats" bats --tap tests/lib/includes.bats
	check "statements about the kernel name their sources" tests/lib/sources
	tap "sources.bats" bats --tap tests/lib/sources.bats
	check "manual pages" tests/lib/manuals
	check "completions" tests/lib/completions
	check "the tree is clean after all that" tests/lib/clean
}
