/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Units of systemd, as systemd itself has them loaded: asked over D-Bus, which loads and starts none. */
#include "source/source.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBSYSTEMD
#include <systemd/sd-bus.h>
#endif

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/library.h"
#include "base/text.h"
#include "source/internal.h"

#ifdef HAVE_LIBSYSTEMD

#define LIBSYSTEMD_SONAME "libsystemd.so.0"

/* clang-format off */
/* Those that are called, without their prefix "sd_bus_". */
#define LIBSYSTEMD_FUNCTIONS(each) \
	each(call) \
	each(close) \
	each(error_free) \
	each(error_has_name) \
	each(is_ready) \
	each(message_append) \
	each(message_at_end) \
	each(message_enter_container) \
	each(message_new_method_call) \
	each(message_read_basic) \
	each(message_set_auto_start) \
	each(message_unref) \
	each(new) \
	each(process) \
	each(set_address) \
	each(set_bus_client) \
	each(start) \
	each(unref) \
	each(wait)
/* clang-format on */

LIBRARY_NOTE(note, LIBSYSTEMD_SONAME, "systemd", "Limits of systemd units");

/* libsystemd, which is loaded where a unit is asked about (see base/library.h). */
static struct {
/* NOLINTNEXTLINE(bugprone-macro-parentheses): it is the name of a member */
#define MEMBER(name) __typeof__(sd_bus_##name) *name;
	LIBSYSTEMD_FUNCTIONS(MEMBER)
#undef MEMBER
} libsystemd;

#define MANAGER	     "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define UNIT	     MANAGER ".Unit"

/* Groups that a unit may have; a process can't have more (NGROUPS_MAX). */
#define GROUPS_MAX 65536

/**
 * struct conversation - with systemd.
 * @deadline: by clock_now(); from then on nothing is waited for
 * @path: of the unit's object, once it is known
 */
struct conversation {
	sd_bus *bus;
	uint64_t deadline;
	char *path;
};

/* Microseconds until the deadline, 0 when it is over. */
static uint64_t time_left(const struct conversation *talk)
{
	uint64_t now = clock_now();

	return now < talk->deadline ? (talk->deadline - now) / 1000 : 0;
}

/* The address is given, so that none is taken out of the environment. */
static int greet(struct conversation *talk, const char *address)
{
	int ret = libsystemd.new(&talk->bus);

	if (ret >= 0)
		ret = libsystemd.set_address(talk->bus, address);
	if (ret >= 0)
		ret = libsystemd.set_bus_client(talk->bus, 1);
	if (ret >= 0)
		ret = libsystemd.start(talk->bus);
	if (ret == -ENOENT || ret == -ECONNREFUSED)
		return -ENOTCONN;
	/* A socket whose queue is full: the bus takes no connection. */
	if (ret == -EAGAIN)
		return -ETIMEDOUT;
	if (ret < 0)
		return ret;
	/*
	 * Authentication and the bus's greeting. sd_bus_call() would wait for both as long as libsystemd
	 * sees fit, which is more than a minute.
	 */
	while (libsystemd.is_ready(talk->bus) <= 0) {
		uint64_t left = time_left(talk);

		ret = left ? libsystemd.process(talk->bus, NULL) : -ETIMEDOUT;
		if (ret == 0)
			ret = libsystemd.wait(talk->bus, left);
		if (ret < 0 && ret != -EINTR)
			return ret;
	}
	return 0;
}

/* Send @call, which is used up, and wait for the answer. @ret: what became of making it. */
static int answer_to(const struct conversation *talk, int ret, sd_bus_message *call,
		     sd_bus_message **answer)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	uint64_t left = time_left(talk);

	/* Nothing is started to answer: not even systemd, were it not there. */
	if (ret >= 0)
		ret = libsystemd.message_set_auto_start(call, 0);
	if (ret >= 0)
		ret = left ? libsystemd.call(talk->bus, call, left, &error, answer) : -ETIMEDOUT;
	if (libsystemd.error_has_name(&error, MANAGER ".NoSuchUnit"))
		ret = -ENOENT;
	else if (ret == -ENOENT)
		ret = -EIO;
	libsystemd.error_free(&error);
	libsystemd.message_unref(call);
	return ret < 0 ? ret : 0;
}

/* GetUnit() answers for units that are loaded; LoadUnit() would load others. */
static int find_object(struct conversation *talk, const char *name)
{
	sd_bus_message *call = NULL, *answer = NULL;
	const char *path;
	int ret = libsystemd.message_new_method_call(talk->bus, &call, MANAGER, MANAGER_PATH,
						     MANAGER ".Manager", "GetUnit");

	if (ret >= 0)
		ret = libsystemd.message_append(call, "s", name);
	ret = answer_to(talk, ret, call, &answer);
	if (ret >= 0)
		ret = libsystemd.message_read_basic(answer, 'o', (void *)&path);
	if (ret >= 0)
		talk->path = xstrdup(path);
	libsystemd.message_unref(answer);
	return ret < 0 ? ret : 0;
}

/*
 * Property @name, of the D-Bus type @type: @answer can be read as such. One at a time, since all of them
 * together contain secrets, such as the environment of the unit.
 */
static int get_property(const struct conversation *talk, const char *interface, const char *name,
			const char *type, sd_bus_message **answer)
{
	sd_bus_message *call = NULL;
	int ret = libsystemd.message_new_method_call(talk->bus, &call, MANAGER, talk->path,
						     "org.freedesktop.DBus.Properties", "Get");

	if (ret >= 0)
		ret = libsystemd.message_append(call, "ss", interface, name);
	ret = answer_to(talk, ret, call, answer);
	if (ret >= 0)
		ret = libsystemd.message_enter_container(*answer, 'v', type);
	if (ret >= 0)
		return 0;
	libsystemd.message_unref(*answer);
	*answer = NULL;
	return ret;
}

static int get_text(const struct conversation *talk, const char *interface, const char *name,
		    char **text)
{
	sd_bus_message *answer = NULL;
	const char *value;
	int ret = get_property(talk, interface, name, "s", &answer);

	if (ret >= 0)
		ret = libsystemd.message_read_basic(answer, 's', (void *)&value);
	if (ret >= 0)
		*text = text_clean(xstrdup(value));
	libsystemd.message_unref(answer);
	return ret < 0 ? ret : 0;
}

/* @type: 't' with a uint64_t as @number, 'u' with a uint32_t. */
static int get_number(const struct conversation *talk, const char *interface, const char *name,
		      char type, void *number)
{
	const char types[] = { type, '\0' };
	sd_bus_message *answer = NULL;
	int ret = get_property(talk, interface, name, types, &answer);

	if (ret >= 0)
		ret = libsystemd.message_read_basic(answer, type, number);
	libsystemd.message_unref(answer);
	return ret < 0 ? ret : 0;
}

static int get_words(const struct conversation *talk, const char *interface, const char *name,
		     struct source_list *words)
{
	sd_bus_message *answer = NULL;
	const char *word;
	int ret = get_property(talk, interface, name, "as", &answer);

	if (ret >= 0)
		ret = libsystemd.message_enter_container(answer, 'a', "s");
	while (ret >= 0 && words->count < GROUPS_MAX && !libsystemd.message_at_end(answer, 0)) {
		ret = libsystemd.message_read_basic(answer, 's', (void *)&word);
		if (ret > 0)
			APPEND(words->name, words->count, text_clean(xstrdup(word)));
	}
	libsystemd.message_unref(answer);
	return ret < 0 ? ret : 0;
}

/* Get the settings of the unit's processes. The plain LimitMEMLOCK is the hard limit. */
static int get_settings(const struct conversation *talk, const char *interface,
			struct source_unit *unit)
{
	int ret = get_number(talk, interface, "LimitMEMLOCKSoft", 't', &unit->memlock);

	if (ret >= 0)
		ret = get_text(talk, interface, "User", &unit->user);
	if (ret >= 0)
		ret = get_text(talk, interface, "Group", &unit->group);
	if (ret >= 0)
		ret = get_words(talk, interface, "SupplementaryGroups", &unit->groups);
	if (ret >= 0)
		ret = get_number(talk, interface, "CapabilityBoundingSet", 't', &unit->bounding);
	if (ret >= 0)
		ret = get_number(talk, interface, "AmbientCapabilities", 't', &unit->ambient);
	unit->has_settings = ret >= 0;
	return ret;
}

static bool is_kind(const char *name, const char *suffix)
{
	const char *dot = strrchr(name, '.');

	return dot && strcmp(dot, suffix) == 0;
}

static int get_unit(const struct conversation *talk, struct source_unit *unit, char **group)
{
	_cleanup_free_ char *interface = NULL;
	_cleanup_free_ char *state = NULL;
	const char *dot;
	char *kind;
	uint32_t pid = 0;
	int ret = get_text(talk, UNIT, "LoadState", &state);

	/* A unit that others name is there even where no file of it is: it has nothing to tell. */
	if (ret >= 0 && strcmp(state, "loaded") != 0)
		ret = -ENOENT;
	if (ret >= 0)
		ret = get_text(talk, UNIT, "Id", &unit->id);
	if (ret < 0)
		return ret;
	/* "org.freedesktop.systemd1.Service" for "a.service" */
	dot = strrchr(unit->id, '.');
	interface = xasprintf("%s.%s", MANAGER, dot && dot[1] ? dot + 1 : "Service");
	kind = interface + strlen(MANAGER ".");
	if (*kind >= 'a' && *kind <= 'z')
		*kind = (char)(*kind - 'a' + 'A');
	ret = get_text(talk, interface, "ControlGroup", group);
	if (is_kind(unit->id, ".service") && ret >= 0)
		ret = get_number(talk, interface, "MainPID", 'u', &pid);
	unit->pid = pid <= INT_MAX ? (int)pid : 0;
	/* A scope holds processes that others have started. */
	if (ret >= 0 && !is_kind(unit->id, ".scope"))
		ret = get_settings(talk, interface, unit);
	return ret;
}

int unit_ask(const char *address, uint64_t nanoseconds, const char *name, struct source_unit *unit,
	     char **group)
{
#define ENTRY(name) { "sd_bus_" #name, (void **)&libsystemd.name },
	static const struct library_function functions[] = { LIBSYSTEMD_FUNCTIONS(ENTRY) };
#undef ENTRY
	struct conversation talk = { .deadline = clock_now() + nanoseconds };
	int ret = library_load(LIBSYSTEMD_SONAME, functions, COUNT(functions));

	if (ret < 0)
		return ret;
	ret = greet(&talk, address);
	if (ret >= 0)
		ret = find_object(&talk, name);
	if (ret >= 0)
		ret = get_unit(&talk, unit, group);
	if (talk.bus) {
		/* Unsent messages are dropped: flushing them could block forever. */
		libsystemd.close(talk.bus);
		libsystemd.unref(talk.bus);
	}
	free(talk.path);
	return ret;
}

#else

int unit_ask(const char *address, uint64_t nanoseconds, const char *name, struct source_unit *unit,
	     char **group)
{
	(void)address;
	(void)nanoseconds;
	(void)name;
	(void)unit;
	(void)group;
	return -ENOSYS;
}

#endif

/* Processes of a unit */

/*
 * Tell if process @pid is in the control group @group or below it. In a container with the host's
 * bus the PID from systemd belongs to another process, or to none.
 */
static bool is_in_group(struct source *source, int pid, const char *group)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/cgroup", pid);
	_cleanup_free_ char *text = NULL;
	size_t len = strlen(group), size;

	if (!len || read_unrecorded(source, path, &text, &size) < 0)
		return false;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		const char *at;

		line += *line == '\n';
		at = strchr(line, ':');
		at = at ? strchr(at + 1, ':') : NULL;
		if (at && strncmp(at + 1, group, len) == 0 && strchr("/\n", at[1 + len]))
			return true;
	}
	return false;
}

static int first_of_group(struct source *source, const char *group)
{
	/* Version 2, and systemd's own hierarchy of version 1. */
	static const char *const trees[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/systemd" };
	uint64_t pid = 0;
	size_t len;

	for (size_t i = 0; i < COUNT(trees) && !pid; i++) {
		_cleanup_free_ char *path = xasprintf("%s%s/cgroup.procs", trees[i], group);
		_cleanup_free_ char *text = NULL;

		if (read_unrecorded(source, path, &text, &len) < 0)
			continue;
		text[strcspn(text, "\n")] = '\0';
		if (text_to_u64(text, 10, &pid) < 0 || pid > INT_MAX)
			pid = 0;
	}
	return (int)pid;
}

static int live_unit(struct source *source, const char *name, struct source_unit *unit)
{
	_cleanup_free_ char *group = NULL;
	int ret = source->bus_error;

	if (!ret)
		ret = unit_ask("unix:path=/run/dbus/system_bus_socket", UNIT_NANOSECONDS, name,
			       unit, &group);
	/* Each further question would take as long. */
	if (ret == -ETIMEDOUT)
		source->bus_error = ret;
	if (ret < 0)
		return ret;
	if (group && !unit->pid && *group == '/' && !strstr(group, "/../"))
		unit->pid = first_of_group(source, group);
	if (unit->pid && (!group || !is_in_group(source, unit->pid, group)))
		unit->pid = 0;
	return 0;
}

/* Captures */

static json_t *unit_answer(const struct source_unit *unit)
{
	json_t *answer = json_pack("{s:s*, s:i}", "id", unit->id, "pid", unit->pid);
	json_t *groups;

	if (!unit->has_settings)
		return answer;
	groups = json_array();
	for (size_t i = 0; i < unit->groups.count; i++)
		json_array_append_new(groups, json_pack("{s:s}", "group", unit->groups.name[i]));
	json_object_set_new(answer, "memlock", json_address(unit->memlock));
	/* As with NULL: root's. */
	if (unit->user && *unit->user)
		json_set_text(answer, "user", unit->user);
	if (unit->group && *unit->group)
		json_set_text(answer, "group", unit->group);
	json_object_set_new(answer, "groups", groups);
	json_object_set_new(answer, "bounding", json_address(unit->bounding));
	json_object_set_new(answer, "ambient", json_address(unit->ambient));
	return answer;
}

static int replay_unit(const json_t *fact, struct source_unit *unit)
{
	json_int_t pid = json_integer_value(json_object_get(fact, "pid"));
	int ret = answer_result(fact);
	json_t *group;
	size_t index;

	if (ret < 0)
		return ret;
	unit->id = json_text(fact, "id");
	unit->pid = pid > 0 && pid <= INT_MAX ? (int)pid : 0;
	unit->has_settings = json_object_get(fact, "memlock") != NULL;
	unit->memlock = json_u64(json_object_get(fact, "memlock"));
	unit->user = json_text(fact, "user");
	unit->group = json_text(fact, "group");
	unit->bounding = json_u64(json_object_get(fact, "bounding"));
	unit->ambient = json_u64(json_object_get(fact, "ambient"));
	json_array_foreach (json_object_get(fact, "groups"), index, group) {
		char *name = json_text(group, "group");

		if (name)
			APPEND(unit->groups.name, unit->groups.count, name);
	}
	return unit->id ? 0 : -EBADMSG;
}

int source_unit(struct source *source, const char *name, struct source_unit *unit)
{
	_cleanup_free_ char *key = transcript_key("unit", name);
	int ret;

	*unit = (struct source_unit){ 0 };
	if (source->mode == SOURCE_SYSROOT)
		return -EOPNOTSUPP;
	ret = source->mode == SOURCE_REPLAY ? replay_unit(transcript_fact(source, key), unit)
					    : live_unit(source, name, unit);
	if (source->mode != SOURCE_REPLAY)
		fact_end(source, key, ret, ret < 0 ? NULL : unit_answer(unit));
	if (ret < 0)
		source_unit_clear(unit);
	return ret;
}

void source_unit_clear(struct source_unit *unit)
{
	free(unit->id);
	free(unit->user);
	free(unit->group);
	source_list_clear(&unit->groups);
	*unit = (struct source_unit){ 0 };
}
