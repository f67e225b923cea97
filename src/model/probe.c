/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/probe.h"

#include <stdlib.h>

void probe_free(struct probe *probe)
{
	if (!probe)
		return;
	free(probe->info.ranges.range);
	free(probe->window.fault);
	free(probe->entries_reason);
	free(probe->sizes.aligned.reason);
	free(probe->sizes.askew.reason);
	free(probe->sizes.reason);
	free(probe->evidence.events);
	free(probe->failure.message);
	free(probe->failure.hint);
	free(probe->failure.command.text);
	free(probe->failure.command.does);
	free(probe);
}

const char *answer_name(enum answer answer)
{
	static const char *const names[] = { "unknown", "no", "yes" };

	return names[answer];
}

const char *splitting_name(enum answer answer)
{
	static const char *const names[] = { "unknown", "unsupported", "supported" };

	return names[answer];
}

const char *method_name(enum method method)
{
	static const char *const names[] = { "none", "kernel-selftest", "page-table", "own-unmap",
					     "advertised" };

	return names[method];
}

const char *confidence_name(enum confidence confidence)
{
	static const char *const names[] = { "none", "inferred", "observed" };

	return names[confidence];
}

const char *partial_unmap_name(enum partial_unmap partial)
{
	static const char *const names[] = { NULL, "refused", "whole", "split" };

	return names[partial];
}

const char *phase_name(enum phase phase)
{
	static const char *const names[] = { "attach", "map", "unmap", "odd" };

	return names[phase];
}

const char *kernel_rule_name(enum kernel_rule rule)
{
	static const char *const names[] = { "unknown", "zero", "allowed", "none" };

	return names[rule];
}
