# SPDX-License-Identifier: GPL-2.0-or-later
# The program with a witness around it, for tests/faults/run; included by Makefile.am.

EXTRA_PROGRAMS += tests/faults/vfiodiag
tests_faults_vfiodiag_SOURCES = tests/faults/witness.c src/main.c
tests_faults_vfiodiag_LDADD = libvfiodiag.a
tests_faults_vfiodiag_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=main -Wl,--wrap=dlopen
CLEANFILES += tests/faults/vfiodiag
