/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan/uevent.h"

#include <string.h>

static const char *value_of(const char *line, const char *key)
{
	size_t len = strlen(key);

	return strncmp(line, key, len) == 0 && line[len] == '=' ? line + len + 1 : NULL;
}

static void take(const char **where, const char *value)
{
	if (value)
		*where = value;
}

bool uevent_parse(const char *text, size_t len, struct uevent *uevent)
{
	size_t at = 0;

	*uevent = (struct uevent){ 0 };
	/* Text after the last NUL is not a whole line. */
	while (at < len) {
		const char *line = text + at;
		size_t room = len - at;
		size_t used = strnlen(line, room);

		if (used == room)
			break;
		take(&uevent->action, value_of(line, "ACTION"));
		take(&uevent->path, value_of(line, "DEVPATH"));
		take(&uevent->subsystem, value_of(line, "SUBSYSTEM"));
		at += used + 1;
	}
	return uevent->action && uevent->path && *uevent->path == '/';
}
