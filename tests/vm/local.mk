# SPDX-License-Identifier: GPL-2.0-or-later
# The program that page_table.bats runs in the lab's guests; included by Makefile.am.

EXTRA_PROGRAMS += tests/vm/page_table
tests_vm_page_table_SOURCES = tests/vm/page_table.c
tests_vm_page_table_LDADD = libvfiodiag.a
CLEANFILES += tests/vm/page_table
