/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asking systemd over D-Bus: buses that do not answer, and one that answers as systemd does, or not quite.
 * A real one is asked in tests/vm/systemd.bats.
 */
#include "capture.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "source/internal.h"

#ifdef HAVE_LIBSYSTEMD
#include <systemd/sd-bus.h>

#define SECOND UINT64_C(1000000000)

static const char *socket_of(const char *directory)
{
	return path_in(directory, "bus");
}

/* A socket in @directory on which somebody listens; @queue as for listen(2). */
static int listen_at(const char *directory, int queue)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_true(snprintf(address.sun_path, sizeof(address.sun_path), "%s",
			     socket_of(directory)) < (int)sizeof(address.sun_path));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, queue), 0);
	return fd;
}

static int ask(const char *directory, uint64_t nanoseconds)
{
	const char *address = keep(xasprintf("unix:path=%s", socket_of(directory)));
	struct source_unit unit = { 0 };
	char *group = NULL;
	uint64_t start = clock_now();
	int ret = unit_ask(address, nanoseconds, "vm.service", &unit, &group);

	/* Left to itself, libsystemd waits for 25 seconds at each step. */
	assert_true(clock_now() - start < 20 * SECOND);
	assert_null(unit.id);
	assert_null(group);
	source_unit_clear(&unit);
	return ret;
}

TEST(without_a_bus_nobody_is_asked)
{
	const char *directory = directory_new();
	int fd;

	assert_int_equal(ask(directory, SECOND), -ENOTCONN);
	/* A socket that was left behind. */
	fd = listen_at(directory, 1);
	close(fd);
	assert_int_equal(ask(directory, SECOND), -ENOTCONN);
}

TEST(a_bus_that_takes_a_connection_and_says_nothing_is_left)
{
	const char *directory = directory_new();
	int fd = listen_at(directory, 8);

	assert_int_equal(ask(directory, SECOND / 20), -ETIMEDOUT);
	close(fd);
}

TEST(a_bus_that_takes_no_connection_is_left)
{
	const char *directory = directory_new();
	int fd = listen_at(directory, 0);

	/* One waits to be accepted, and there is no room for another. */
	assert_int_equal(ask(directory, SECOND / 20), -ETIMEDOUT);
	for (int i = 0; i < 4; i++)
		assert_int_equal(ask(directory, SECOND / 20), -ETIMEDOUT);
	close(fd);
}

#define DATA "DATA\r\n"
#define OK   "OK 0123456789abcdef0123456789abcdef\r\nAGREE_UNIX_FD\r\n"
/* The answer to Hello(), the first message: method return, reply to serial 1, "s". Little-endian. */
#define HELLO                                                                     \
	"l\2\1\1\11\0\0\0\1\0\0\0\17\0\0\0\5\1u\0\1\0\0\0\10\1g\0\1s\0\0\4\0\0\0" \
	":1.1\0"

/* Read until @word has come, or the end. */
static bool read_word(int fd, const char *word)
{
	char text[8192];
	size_t used = 0;
	ssize_t n;

	while (used < sizeof(text) && (n = read(fd, text + used, sizeof(text) - used)) > 0) {
		used += (size_t)n;
		if (memmem(text, used, word, strlen(word)))
			return true;
	}
	return false;
}

/*
 * A bus that accepts who asks, says @len bytes of @more, and from then on listens only. libsystemd says
 * who it is either at once or when it is asked, and then DATA is the question.
 * Return: its process, which ends with the connection, with 7 when a unit was asked for.
 */
static pid_t bus_that_says(int listening, const void *more, size_t len)
{
	static const char answer[] = DATA OK;
	pid_t pid = fork();
	char first[1] = "";
	bool is_asked;
	int fd;

	if (pid)
		return pid;
	fd = accept(listening, NULL, NULL);
	/* NUL, "AUTH EXTERNAL", and behind it the identity or the end of the line. */
	for (size_t i = 0; i < 15 && read(fd, first, 1) == 1; i++)
		;
	if (*first == '\r' ? write(fd, answer, sizeof(answer) - 1) < 0
			   : write(fd, OK, sizeof(OK) - 1) < 0)
		_exit(1);
	if (!read_word(fd, "BEGIN\r\n") || write(fd, more, len) != (ssize_t)len)
		_exit(2);
	is_asked = read_word(fd, "GetUnit");
	while (read(fd, first, 1) > 0)
		;
	_exit(is_asked ? 7 : 0);
}

static void assert_left(const void *more, size_t len, int asked)
{
	const char *directory = directory_new();
	int listening = listen_at(directory, 8), status = -1;
	pid_t pid = bus_that_says(listening, more, len);

	assert_true(pid > 0);
	assert_int_equal(ask(directory, SECOND), -ETIMEDOUT);
	close(listening);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), asked);
}

TEST(a_bus_that_accepts_us_and_says_no_more_is_left)
{
	assert_left("", 0, 0);
}

TEST(a_bus_that_has_greeted_and_says_no_more_is_left)
{
	/* A message is in the byte order of its sender. */
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		assert_left(HELLO, sizeof(HELLO) - 1, 7);
}

TEST(a_bus_that_says_nonsense_is_left)
{
	const char *directory = directory_new();
	int listening = listen_at(directory, 8);
	pid_t pid = bus_that_says(listening, "nonsense nonsense", 17);

	assert_true(pid > 0);
	assert_true(ask(directory, SECOND) < 0);
	close(listening);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* One that answers */

/** struct property - what systemd is to say. @type: 's', 't', 'u', or 'a' for an array of one text. */
struct property {
	const char *name;
	char type;
	const char *value;
};

/* A unit of each property that is asked for. */
static const struct property vm[] = {
	{ "LoadState", 's', "loaded" },
	{ "Id", 's', "vm.service" },
	{ "ControlGroup", 's', "/system.slice/vm.service" },
	{ "MainPID", 'u', "812" },
	{ "LimitMEMLOCK", 't', "8192" },
	{ "LimitMEMLOCKSoft", 't', "4096" },
	{ "User", 's', "qemu" },
	{ "Group", 's', "" },
	{ "SupplementaryGroups", 'a', "k\033vm" },
	{ "CapabilityBoundingSet", 't', "255" },
	{ "AmbientCapabilities", 't', "16384" },
};

/* The answer to Get() of @property, as a variant. */
static int append_property(sd_bus_message *reply, const struct property *property)
{
	uint64_t number = strtoull(property->value, NULL, 10);

	switch (property->type) {
	case 's':
		return sd_bus_message_append(reply, "v", "s", property->value);
	case 't':
		return sd_bus_message_append(reply, "v", "t", number);
	case 'u':
		return sd_bus_message_append(reply, "v", "u", (uint32_t)number);
	default:
		return sd_bus_message_append(reply, "v", "as", 1, property->value);
	}
}

/** struct manager - what the bus answers from. @changed: counts in place of that in vm; NULL: none */
struct manager {
	const struct property *changed;
};

static const struct property *find_property(const struct manager *manager, const char *name)
{
	if (manager->changed && strcmp(manager->changed->name, name) == 0)
		return manager->changed;
	for (size_t i = 0; i < COUNT(vm); i++) {
		if (strcmp(vm[i].name, name) == 0)
			return &vm[i];
	}
	return NULL;
}

/* Calls of no other kind are answered, so a question for more than these ends a test. */
static int answer(sd_bus_message *call, void *context, sd_bus_error *error)
{
	const char *member = sd_bus_message_get_member(call), *interface, *name;
	const struct property *property;
	sd_bus_message *reply = NULL;

	(void)error;
	if (strcmp(member, "Hello") == 0)
		return sd_bus_reply_method_return(call, "s", ":1.1");
	if (strcmp(member, "GetUnit") == 0 && sd_bus_message_read(call, "s", &name) > 0 &&
	    !sd_bus_message_get_auto_start(call))
		return strcmp(name, "vm.service") == 0
			       ? sd_bus_reply_method_return(call, "o", "/vm")
			       : sd_bus_reply_method_errorf(
					 call, "org.freedesktop.systemd1.NoSuchUnit", "none");
	if (strcmp(member, "Get") != 0 || sd_bus_message_read(call, "ss", &interface, &name) <= 0)
		return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_ACCESS_DENIED, "no");
	property = find_property(context, name);
	if (!property || !property->value)
		return sd_bus_reply_method_errorf(call, SD_BUS_ERROR_UNKNOWN_PROPERTY, "none");
	if (sd_bus_message_new_method_return(call, &reply) < 0 ||
	    append_property(reply, property) < 0 || sd_bus_send(NULL, reply, NULL) < 0)
		_exit(3);
	sd_bus_message_unref(reply);
	return 1;
}

static pid_t bus_that_answers(int listening, const struct manager *manager)
{
	pid_t pid = fork();
	sd_id128_t id = { .bytes = { 1 } };
	sd_bus *bus = NULL;
	int fd;

	if (pid)
		return pid;
	fd = accept(listening, NULL, NULL);
	if (fd < 0 || sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 ||
	    sd_bus_set_server(bus, 1, id) < 0 || sd_bus_start(bus) < 0 ||
	    sd_bus_add_filter(bus, NULL, answer, (void *)(uintptr_t)manager) < 0)
		_exit(1);
	while (sd_bus_process(bus, NULL) >= 0 && sd_bus_wait(bus, UINT64_MAX) >= 0)
		;
	_exit(0);
}

/* What is known of the unit @name. Clear @unit, free @group. */
static int ask_manager(const struct property *changed, const char *name, struct source_unit *unit,
		       char **group)
{
	const char *directory = directory_new();
	const char *address = keep(xasprintf("unix:path=%s", socket_of(directory)));
	struct manager manager = { changed };
	int listening = listen_at(directory, 8);
	pid_t pid = bus_that_answers(listening, &manager);
	int ret;

	assert_true(pid > 0);
	*unit = (struct source_unit){ 0 };
	*group = NULL;
	ret = unit_ask(address, 60 * SECOND, name, unit, group);
	close(listening);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return ret;
}

TEST(a_unit_is_what_systemd_says)
{
	struct source_unit unit;
	char *group;

	assert_int_equal(ask_manager(NULL, "vm.service", &unit, &group), 0);
	assert_string_equal(unit.id, "vm.service");
	assert_string_equal(group, "/system.slice/vm.service");
	assert_int_equal(unit.pid, 812);
	assert_true(unit.has_settings);
	assert_int_equal(unit.memlock, 4096);
	assert_string_equal(unit.user, "qemu");
	assert_string_equal(unit.group, "");
	assert_int_equal(unit.groups.count, 1);
	assert_string_equal(unit.groups.name[0], "k?vm");
	assert_int_equal(unit.bounding, 255);
	assert_int_equal(unit.ambient, 16384);
	source_unit_clear(&unit);
	free(group);
	assert_int_equal(ask_manager(NULL, "other.service", &unit, &group), -ENOENT);
	source_unit_clear(&unit);
	free(group);
}

TEST(other_units_have_other_properties)
{
	static const struct property scope = { "Id", 's', "vm.scope" };
	static const struct property socket = { "Id", 's', "vm.socket" };
	struct source_unit unit;
	char *group;

	assert_int_equal(ask_manager(&scope, "vm.service", &unit, &group), 0);
	assert_int_equal(unit.pid, 0);
	assert_false(unit.has_settings);
	source_unit_clear(&unit);
	free(group);
	assert_int_equal(ask_manager(&socket, "vm.service", &unit, &group), 0);
	assert_int_equal(unit.pid, 0);
	assert_int_equal(unit.memlock, 4096);
	source_unit_clear(&unit);
	free(group);
}

TEST(what_systemd_does_not_say_is_no_unit)
{
	static const struct {
		struct property changed;
		bool is_missing;
	} cases[] = {
		{ { "LoadState", 's', "not-found" }, true },
		{ { "LoadState", 's', "masked" }, true },
		/* Of another type than it has, and none at all. */
		{ { "LoadState", 't', "1" }, false },
		{ { "LimitMEMLOCKSoft", 's', "1" }, false },
		{ { "SupplementaryGroups", 's', "1" }, false },
		{ { "User", 's', NULL }, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct source_unit unit;
		char *group;
		int ret = ask_manager(&cases[i].changed, "vm.service", &unit, &group);

		assert_true(ret < 0);
		assert_int_equal(ret == -ENOENT, cases[i].is_missing);
		assert_false(unit.has_settings);
		source_unit_clear(&unit);
		free(group);
	}
}

#endif

TEST(no_systemd_is_asked_in_a_replay_or_for_a_tree)
{
	struct source *source = capture_replay(capture_new(""));
	struct source_unit unit;

	assert_int_equal(source_unit(source, "dbus.service", &unit), -ENODATA);
	source_close(source);
	assert_int_equal(source_open_sysroot(&source, "/"), 0);
	assert_int_equal(source_unit(source, "dbus.service", &unit), -EOPNOTSUPP);
	source_close(source);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#ifdef HAVE_LIBSYSTEMD
		cmocka_unit_test(without_a_bus_nobody_is_asked),
		cmocka_unit_test(a_bus_that_takes_a_connection_and_says_nothing_is_left),
		cmocka_unit_test(a_bus_that_takes_no_connection_is_left),
		cmocka_unit_test(a_bus_that_accepts_us_and_says_no_more_is_left),
		cmocka_unit_test(a_bus_that_has_greeted_and_says_no_more_is_left),
		cmocka_unit_test(a_bus_that_says_nonsense_is_left),
		cmocka_unit_test(a_unit_is_what_systemd_says),
		cmocka_unit_test(other_units_have_other_properties),
		cmocka_unit_test(what_systemd_does_not_say_is_no_unit),
#endif
		cmocka_unit_test(no_systemd_is_asked_in_a_replay_or_for_a_tree),
	};

	return UNIT_RUN("unit", tests);
}
