/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short fixes that several checks have. */
#include "remedy/remedy.h"

#include "base/alloc.h"
#include "base/cleanup.h"

void remedy_parameter(struct finding *finding, const char *does, const char *module,
		      const char *name, const char *value)
{
	finding_command(
		finding, does,
		xasprintf("echo %s | sudo tee /sys/module/%s/parameters/%s", value, module, name));
}

void remedy_modprobe(struct finding *finding, const char *module)
{
	_cleanup_free_ char *does = xasprintf("loads %s", module);

	finding_command(finding, does, xasprintf("sudo modprobe %s", module));
}

void remedy_log(struct finding *finding, const char *words)
{
	_cleanup_free_ char *does = xasprintf("shows the kernel log: look for %s", words);

	finding_command(finding, does, xstrdup("sudo dmesg"));
}
