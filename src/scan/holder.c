/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who has a file open. */
#include "scan/scan.h"

#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "scan/internal.h"

/* Return: 1 when process @pid has @path open, 0 when not, or why it could not be seen. */
static int holds(struct source *source, const char *pid, const char *path)
{
	_cleanup_free_ char *folder = xasprintf("/proc/%s/fd", pid);
	struct source_list numbers = { 0 };
	int found = 0;
	int ret;

	ret = source_list(source, folder, &numbers);
	for (size_t i = 0; i < numbers.count && !found; i++) {
		_cleanup_free_ char *link = xasprintf("%s/%s", folder, numbers.name[i]);
		_cleanup_free_ char *target = NULL;

		found = source_link(source, link, &target) >= 0 && strcmp(target, path) == 0;
	}
	source_list_clear(&numbers);
	return ret < 0 ? ret : found;
}

int scan_holder(struct source *source, const char *path, struct holder *holder)
{
	struct source_list processes = { 0 };
	int result = 0;

	if (source_list(source, "/proc", &processes) < 0)
		return -EACCES;
	for (size_t i = 0; i < processes.count && result != 1; i++) {
		const char *pid = processes.name[i];
		uint64_t number;
		int ret;

		if (text_to_u64(pid, 10, &number) < 0 || number > INT32_MAX)
			continue;
		ret = holds(source, pid, path);
		if (ret == 1) {
			_cleanup_free_ char *comm = xasprintf("/proc/%s/comm", pid);

			holder->pid = (pid_t)number;
			holder->name = scan_text(source, comm);
			result = 1;
		} else if (ret == -EACCES || ret == -EPERM) {
			result = -EACCES;
		}
	}
	source_list_clear(&processes);
	return result;
}
