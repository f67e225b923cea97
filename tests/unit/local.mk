# SPDX-License-Identifier: GPL-2.0-or-later
# The unit tests, one program a unit; included by Makefile.am.

UNIT_TESTS = \
	tests/unit/test_bench \
	tests/unit/test_block \
	tests/unit/test_btf \
	tests/unit/test_buffer \
	tests/unit/test_capability \
	tests/unit/test_cause \
	tests/unit/test_change \
	tests/unit/test_compare \
	tests/unit/test_confine \
	tests/unit/test_dump \
	tests/unit/test_groups \
	tests/unit/test_fact \
	tests/unit/test_fit \
	tests/unit/test_hazard \
	tests/unit/test_holder \
	tests/unit/test_host \
	tests/unit/test_html \
	tests/unit/test_inuse \
	tests/unit/test_iova_map \
	tests/unit/test_kcore \
	tests/unit/test_kernel \
	tests/unit/test_kernel_types \
	tests/unit/test_judge \
	tests/unit/test_layout \
	tests/unit/test_limits \
	tests/unit/test_mapped \
	tests/unit/test_mappings \
	tests/unit/test_names \
	tests/unit/test_net \
	tests/unit/test_netlink \
	tests/unit/test_page_table \
	tests/unit/test_pair \
	tests/unit/test_pci_address \
	tests/unit/test_ports \
	tests/unit/test_probe \
	tests/unit/test_property \
	tests/unit/test_pack \
	tests/unit/test_reader \
	tests/unit/test_redactor \
	tests/unit/test_remedy \
	tests/unit/test_root \
	tests/unit/test_scan \
	tests/unit/test_schema \
	tests/unit/test_source \
	tests/unit/test_space \
	tests/unit/test_state \
	tests/unit/test_states \
	tests/unit/test_stream \
	tests/unit/test_suggest \
	tests/unit/test_superpages \
	tests/unit/test_table \
	tests/unit/test_tally \
	tests/unit/test_text \
	tests/unit/test_transcript \
	tests/unit/test_uevent \
	tests/unit/test_ungrouped \
	tests/unit/test_unit \
	tests/unit/test_units \
	tests/unit/test_update \
	tests/unit/test_uses \
	tests/unit/test_tree \
	tests/unit/test_trees \
	tests/unit/test_usable \
	tests/unit/test_verdict \
	tests/unit/test_vfio \
	tests/unit/test_vtd \
	tests/unit/test_whole \
	tests/unit/test_window \
	tests/unit/test_wrap

check_PROGRAMS += $(UNIT_TESTS)

AM_CFLAGS += $(CMOCKA_CFLAGS)
LDADD = libvfiodiag.a $(CMOCKA_LIBS)

tests_unit_test_bench_SOURCES = tests/unit/test_bench.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_block_SOURCES = tests/unit/test_block.c tests/unit/capture.h tests/unit/sysroot.h tests/unit/unit.h
tests_unit_test_btf_SOURCES = tests/unit/test_btf.c tests/unit/btf.h tests/unit/unit.h
tests_unit_test_buffer_SOURCES = tests/unit/test_buffer.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_capability_SOURCES = tests/unit/test_capability.c tests/unit/unit.h
tests_unit_test_cause_SOURCES = tests/unit/test_cause.c tests/unit/unit.h
tests_unit_test_change_SOURCES = tests/unit/test_change.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_compare_SOURCES = tests/unit/test_compare.c tests/unit/unit.h
tests_unit_test_confine_SOURCES = tests/unit/test_confine.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_dump_SOURCES = tests/unit/test_dump.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_groups_SOURCES = tests/unit/test_groups.c tests/unit/capture.h tests/unit/facts.h tests/unit/unit.h
tests_unit_test_fact_SOURCES = tests/unit/test_fact.c tests/unit/unit.h
tests_unit_test_fit_SOURCES = tests/unit/test_fit.c tests/unit/unit.h
tests_unit_test_hazard_SOURCES = tests/unit/test_hazard.c tests/unit/unit.h
tests_unit_test_holder_SOURCES = tests/unit/test_holder.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_host_SOURCES = tests/unit/test_host.c tests/unit/unit.h
tests_unit_test_html_SOURCES = tests/unit/test_html.c tests/unit/capture.h tests/unit/facts.h tests/unit/unit.h
tests_unit_test_inuse_SOURCES = tests/unit/test_inuse.c tests/unit/capture.h tests/unit/facts.h tests/unit/unit.h
tests_unit_test_iova_map_SOURCES = tests/unit/test_iova_map.c tests/unit/unit.h
tests_unit_test_kcore_SOURCES = tests/unit/test_kcore.c tests/unit/unit.h
tests_unit_test_kernel_types_SOURCES = tests/unit/test_kernel_types.c tests/unit/btf.h tests/unit/unit.h
tests_unit_test_kernel_SOURCES = tests/unit/test_kernel.c tests/unit/unit.h
tests_unit_test_judge_SOURCES = tests/unit/test_judge.c tests/unit/unit.h
tests_unit_test_layout_SOURCES = tests/unit/test_layout.c tests/unit/unit.h
tests_unit_test_limits_SOURCES = tests/unit/test_limits.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_mapped_SOURCES = tests/unit/test_mapped.c tests/unit/tables.h tests/unit/unit.h
tests_unit_test_mappings_SOURCES = tests/unit/test_mappings.c tests/unit/unit.h
tests_unit_test_names_SOURCES = tests/unit/test_names.c tests/unit/unit.h
tests_unit_test_net_SOURCES = tests/unit/test_net.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_netlink_SOURCES = tests/unit/test_netlink.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_page_table_SOURCES = tests/unit/test_page_table.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_pair_SOURCES = tests/unit/test_pair.c tests/unit/tables.h tests/unit/unit.h
tests_unit_test_pci_address_SOURCES = tests/unit/test_pci_address.c tests/unit/unit.h
tests_unit_test_ports_SOURCES = tests/unit/test_ports.c tests/unit/capture.h tests/unit/sysroot.h tests/unit/unit.h
tests_unit_test_probe_SOURCES = tests/unit/test_probe.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_property_SOURCES = tests/unit/test_property.c tests/unit/unit.h
tests_unit_test_pack_SOURCES = tests/unit/test_pack.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_reader_SOURCES = tests/unit/test_reader.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_redactor_SOURCES = tests/unit/test_redactor.c tests/unit/unit.h
tests_unit_test_remedy_SOURCES = tests/unit/test_remedy.c tests/unit/capture.h tests/unit/facts.h tests/unit/unit.h
tests_unit_test_root_SOURCES = tests/unit/test_root.c tests/unit/btf.h tests/unit/unit.h
tests_unit_test_scan_SOURCES = tests/unit/test_scan.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_schema_SOURCES = tests/unit/test_schema.c tests/unit/unit.h
tests_unit_test_schema_CPPFLAGS = $(AM_CPPFLAGS) \
	-DSCHEMA_FILE='"$(abs_top_srcdir)/share/schema/vfiodiag-1.schema.json"'
tests_unit_test_source_SOURCES = tests/unit/test_source.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_suggest_SOURCES = tests/unit/test_suggest.c tests/unit/unit.h
tests_unit_test_superpages_SOURCES = tests/unit/test_superpages.c tests/unit/capture.h tests/unit/facts.h tests/unit/unit.h
tests_unit_test_wrap_SOURCES = tests/unit/test_wrap.c tests/unit/unit.h
tests_unit_test_space_SOURCES = tests/unit/test_space.c tests/unit/unit.h
tests_unit_test_state_SOURCES = tests/unit/test_state.c tests/unit/capture.h tests/unit/facts.h tests/unit/unit.h
tests_unit_test_states_SOURCES = tests/unit/test_states.c tests/unit/capture.h tests/unit/facts.h tests/unit/unit.h
tests_unit_test_stream_SOURCES = tests/unit/test_stream.c tests/unit/unit.h
tests_unit_test_table_SOURCES = tests/unit/test_table.c tests/unit/tables.h tests/unit/unit.h
tests_unit_test_tally_SOURCES = tests/unit/test_tally.c tests/unit/unit.h
tests_unit_test_text_SOURCES = tests/unit/test_text.c tests/unit/unit.h
tests_unit_test_transcript_SOURCES = tests/unit/test_transcript.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_uevent_SOURCES = tests/unit/test_uevent.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_ungrouped_SOURCES = tests/unit/test_ungrouped.c tests/unit/capture.h tests/unit/facts.h tests/unit/sysroot.h tests/unit/unit.h
tests_unit_test_unit_SOURCES = tests/unit/test_unit.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_unit_LDADD = $(LDADD) $(SYSTEMD_LIBS)
tests_unit_test_units_SOURCES = tests/unit/test_units.c tests/unit/capture.h tests/unit/facts.h tests/unit/unit.h
tests_unit_test_update_SOURCES = tests/unit/test_update.c tests/unit/capture.h tests/unit/sysroot.h tests/unit/unit.h
tests_unit_test_uses_SOURCES = tests/unit/test_uses.c tests/unit/capture.h tests/unit/sysroot.h tests/unit/unit.h
tests_unit_test_tree_SOURCES = tests/unit/test_tree.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_trees_SOURCES = tests/unit/test_trees.c tests/unit/capture.h tests/unit/facts.h tests/unit/sysroot.h tests/unit/unit.h
tests_unit_test_usable_SOURCES = tests/unit/test_usable.c tests/unit/capture.h tests/unit/facts.h tests/unit/sysroot.h tests/unit/unit.h
tests_unit_test_verdict_SOURCES = tests/unit/test_verdict.c tests/unit/unit.h
tests_unit_test_vfio_SOURCES = tests/unit/test_vfio.c tests/unit/capture.h tests/unit/unit.h
tests_unit_test_vtd_SOURCES = tests/unit/test_vtd.c tests/unit/unit.h
tests_unit_test_whole_SOURCES = tests/unit/test_whole.c tests/unit/tables.h tests/unit/unit.h
tests_unit_test_window_SOURCES = tests/unit/test_window.c tests/unit/unit.h
