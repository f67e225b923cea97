# SPDX-License-Identifier: GPL-2.0-or-later
# The program with a planted fault, for tests/cli/sandbox.bats; included by Makefile.am.

check_PROGRAMS += tests/planted/planted
tests_planted_planted_SOURCES = tests/planted/planted.c src/main.c
tests_planted_planted_LDADD = libvfiodiag.a
tests_planted_planted_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=source_open_input -Wl,--wrap=worker_name
