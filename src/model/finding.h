/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_FINDING_H
#define VFIODIAG_MODEL_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FINDING_HOST   (-1)
#define FINDING_DEVICE (-2)
#define FINDING_GROUPS (-3)

/** enum severity - severity of a finding. @SEVERITY_OK: shown only with --verbose. */
enum severity {
	SEVERITY_OK,
	SEVERITY_NOTE,
	SEVERITY_WARNING,
	SEVERITY_FAILURE,
	SEVERITY_UNMEASURED,
};

/**
 * struct fix_command - a command that is part of a fix, to be pasted as one line.
 * @text: the line; runs as an ordinary user with sudo, or as root
 * @does: its effect in a few words ("unmounts /srv")
 * @needs_root: its effect requires root
 * @is_repeatable: running it twice is as good as once
 */
struct fix_command {
	char *text;
	char *does;
	bool needs_root;
	bool is_repeatable;
};

/**
 * struct finding - a conclusion from facts.
 * @id: stable short words, "advertised-not-observed"
 * @title: one line that states it for any host, a constant; NULL where there is none
 * @group: number of the group it is about; FINDING_HOST for the host, FINDING_DEVICE for a device
 *	that is in no group, FINDING_GROUPS for the groups of @devices, which share the cause
 * @subject: the object, "group 3"
 * @message: one sentence
 * @hint: the fix in words, without a command where @commands has them; NULL if there is none
 * @devices: addresses of the devices it is about
 * @drivers: drivers it is about
 * @commands: of the fix, in order
 */
struct finding {
	const char *id;
	const char *title;
	enum severity severity;
	int64_t group;
	char *subject;
	char *message;
	char *hint;
	char **devices;
	size_t n_devices;
	char **drivers;
	size_t n_drivers;
	struct fix_command *commands;
	size_t n_commands;
};

/** struct findings - any number of them. */
struct findings {
	struct finding *finding;
	size_t count;
};

/** findings_add() - take over the strings and append. */
void findings_add(struct findings *findings, const struct finding *finding);

/**
 * finding_device(), finding_driver() - name one more device or driver that @finding is about.
 *
 * A name that is there already is not added again.
 */
void finding_device(struct finding *finding, const char *address);
void finding_driver(struct finding *finding, const char *driver);

/** finding_add_group() - make @finding, which is about a group or several, about the group @id too. */
void finding_add_group(struct finding *finding, unsigned int id);

/** finding_has_device() - tell whether @finding names the device called @address. */
bool finding_has_device(const struct finding *finding, const char *address);

/**
 * finding_command() - add a command that needs root and can be repeated to the fix of @finding.
 * @does: its effect in a few words
 * @text: taken over; NULL (a name that is not safe in a shell) adds nothing
 *
 * Return: the command, for what differs, or NULL. It is valid until the next is added.
 */
struct fix_command *finding_command(struct finding *finding, const char *does, char *text);

/** findings_clear() - free all findings. */
void findings_clear(struct findings *findings);

/** findings_sort() - worst first; those of one severity stay as they are. */
void findings_sort(struct findings *findings);

/** severity_weight() - how bad it is, from 0: what could not be measured may be a failure. */
int severity_weight(enum severity severity);

/** severity_name() - "ok", "note" … */
const char *severity_name(enum severity severity);

#endif
