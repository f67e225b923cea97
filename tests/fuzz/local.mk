# SPDX-License-Identifier: GPL-2.0-or-later
# The fuzzing programs, one for some parsers that belong together; included by Makefile.am. With
# --enable-fuzzing libFuzzer drives them; without it each runs through its corpus, as a test.

FUZZ_TARGETS = \
	tests/fuzz/fuzz_archive \
	tests/fuzz/fuzz_attributes \
	tests/fuzz/fuzz_btf \
	tests/fuzz/fuzz_capability \
	tests/fuzz/fuzz_claims \
	tests/fuzz/fuzz_host \
	tests/fuzz/fuzz_kcore \
	tests/fuzz/fuzz_netlink \
	tests/fuzz/fuzz_pagetable \
	tests/fuzz/fuzz_redact \
	tests/fuzz/fuzz_regions \
	tests/fuzz/fuzz_root \
	tests/fuzz/fuzz_space \
	tests/fuzz/fuzz_trace \
	tests/fuzz/fuzz_transcript \
	tests/fuzz/fuzz_words

FUZZ_PLANTED = tests/fuzz/planted

check_PROGRAMS += $(FUZZ_TARGETS)

check_LIBRARIES = tests/fuzz/libfuzz.a
tests_fuzz_libfuzz_a_SOURCES = tests/fuzz/examine.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h
FUZZ_LDADD = tests/fuzz/libfuzz.a libvfiodiag.a $(FUZZING_LDFLAGS)
EXTRA_PROGRAMS += $(FUZZ_PLANTED)

if !ENABLE_FUZZING
TESTS += $(FUZZ_TARGETS)
tests_fuzz_libfuzz_a_SOURCES += tests/fuzz/main.c
endif
tests_fuzz_libfuzz_a_CPPFLAGS = $(AM_CPPFLAGS) \
	-DFUZZ_CORPUS='"$(abs_top_srcdir)/tests/fuzz/corpus"'

tests_fuzz_fuzz_archive_SOURCES = tests/fuzz/fuzz_archive.c
tests_fuzz_fuzz_archive_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_attributes_SOURCES = tests/fuzz/fuzz_attributes.c
tests_fuzz_fuzz_attributes_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_btf_SOURCES = tests/fuzz/fuzz_btf.c
tests_fuzz_fuzz_btf_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_capability_SOURCES = tests/fuzz/fuzz_capability.c
tests_fuzz_fuzz_capability_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_claims_SOURCES = tests/fuzz/fuzz_claims.c
tests_fuzz_fuzz_claims_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_host_SOURCES = tests/fuzz/fuzz_host.c
tests_fuzz_fuzz_host_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_kcore_SOURCES = tests/fuzz/fuzz_kcore.c
tests_fuzz_fuzz_kcore_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_netlink_SOURCES = tests/fuzz/fuzz_netlink.c
tests_fuzz_fuzz_netlink_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_pagetable_SOURCES = tests/fuzz/fuzz_pagetable.c tests/unit/tables.h
tests_fuzz_fuzz_pagetable_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_redact_SOURCES = tests/fuzz/fuzz_redact.c
tests_fuzz_fuzz_redact_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_regions_SOURCES = tests/fuzz/fuzz_regions.c
tests_fuzz_fuzz_regions_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_root_SOURCES = tests/fuzz/fuzz_root.c
tests_fuzz_fuzz_root_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_space_SOURCES = tests/fuzz/fuzz_space.c
tests_fuzz_fuzz_space_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_trace_SOURCES = tests/fuzz/fuzz_trace.c
tests_fuzz_fuzz_trace_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_transcript_SOURCES = tests/fuzz/fuzz_transcript.c
tests_fuzz_fuzz_transcript_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_words_SOURCES = tests/fuzz/fuzz_words.c
tests_fuzz_fuzz_words_LDADD = $(FUZZ_LDADD)
tests_fuzz_planted_SOURCES = tests/fuzz/planted.c
tests_fuzz_planted_LDADD = $(FUZZ_LDADD)

# The whole program, for AFL++ (tests/fuzz/afl/run): wants CC=afl-clang-fast --enable-fuzzing.
FUZZ_WHOLE = tests/fuzz/afl/whole tests/fuzz/afl/planted
EXTRA_PROGRAMS += $(FUZZ_WHOLE)
WHOLE_LINK = $(AM_LDFLAGS) -Wl,--wrap=main,--wrap=exit,--wrap=atexit
tests_fuzz_afl_whole_SOURCES = tests/fuzz/afl/whole.c src/main.c
tests_fuzz_afl_whole_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/fuzz
tests_fuzz_afl_whole_LDFLAGS = $(WHOLE_LINK)
tests_fuzz_afl_whole_LDADD = tests/fuzz/libfuzz.a libvfiodiag.a
tests_fuzz_afl_planted_SOURCES = tests/fuzz/afl/planted.c $(tests_fuzz_afl_whole_SOURCES)
tests_fuzz_afl_planted_CPPFLAGS = $(tests_fuzz_afl_whole_CPPFLAGS)
tests_fuzz_afl_planted_LDFLAGS = $(WHOLE_LINK) -Wl,--wrap=scan_host_with
tests_fuzz_afl_planted_LDADD = $(tests_fuzz_afl_whole_LDADD)

# afl-fuzz loads it: without instrumentation and sanitizers.
FUZZ_MUTATOR = tests/fuzz/afl/mutator.so
CLEANFILES += $(FUZZ_WHOLE) $(FUZZ_MUTATOR)
$(FUZZ_MUTATOR): tests/fuzz/afl/mutator.c
	$(AM_V_CC)AFL_NOOPT=1 $(CC) -D_GNU_SOURCE $(OUR_CFLAGS) -Wno-unused-command-line-argument \
		-O2 -shared -fPIC -o $@ \
		$(srcdir)/tests/fuzz/afl/mutator.c
