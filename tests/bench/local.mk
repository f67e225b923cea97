# SPDX-License-Identifier: GPL-2.0-or-later
# Measurements that are linked with the program's parts; included by Makefile.am.

EXTRA_PROGRAMS += tests/bench/mappings
tests_bench_mappings_SOURCES = tests/bench/mappings.c tests/unit/tables.h
tests_bench_mappings_LDADD = libvfiodiag.a
CLEANFILES += tests/bench/mappings
