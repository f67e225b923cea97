/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which modules a kernel has, by the index that depmod(8) made of them. None is ever loaded. */
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libkmod.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/library.h"
#include "source/internal.h"

#define LIBKMOD_SONAME "libkmod.so.2"

/* clang-format off */
/* Those that are called, without their prefix "kmod_". */
#define LIBKMOD_FUNCTIONS(each) \
	each(module_get_module) \
	each(module_get_path) \
	each(module_new_from_lookup) \
	each(module_unref) \
	each(module_unref_list) \
	each(new) \
	each(set_log_fn) \
	each(unref)
/* clang-format on */

LIBRARY_NOTE(note, LIBKMOD_SONAME, "kmod", "Which modules the kernel has");

/* libkmod, which is loaded where modules are asked for (see base/library.h). */
static struct {
/* NOLINTNEXTLINE(bugprone-macro-parentheses): it is the name of a member */
#define MEMBER(name) __typeof__(kmod_##name) *name;
	LIBKMOD_FUNCTIONS(MEMBER)
#undef MEMBER
} libkmod;

static const char *const words[] = {
	[SOURCE_MODULE_MISSING] = "missing",
	[SOURCE_MODULE_FILE] = "available",
	[SOURCE_MODULE_BUILTIN] = "builtin",
};

static void no_log(void *data, int priority, const char *file, int line, const char *function,
		   const char *format, va_list args)
{
	(void)data;
	(void)priority;
	(void)file;
	(void)line;
	(void)function;
	(void)format;
	(void)args; /* lower rooms never print */
}

static int load_libkmod(void)
{
#define ENTRY(name) { "kmod_" #name, (void **)&libkmod.name },
	static const struct library_function functions[] = { LIBKMOD_FUNCTIONS(ENTRY) };
#undef ENTRY

	return library_load(LIBKMOD_SONAME, functions, sizeof(functions) / sizeof(*functions));
}

/* The folder of @release, or a negative errno: -ENOENT too where there is no index in it. */
static int open_modules(struct source *source, const char *release)
{
	_cleanup_free_ char *path = xasprintf("/lib/modules/%s", release);
	int fd;

	if (!*release || *release == '.' || strchr(release, '/'))
		return -EINVAL;
	fd = source->confined ? confined_open(source->root, path + 1, O_RDONLY | O_DIRECTORY)
			      : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return source->confined ? fd : -errno;
	if (faccessat(fd, "modules.dep.bin", R_OK, 0) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

/*
 * By the index alone: kmod_module_get_initstate() would look into /sys/module, which is another
 * machine's with a sysroot. A module that is found and has no file is built in.
 */
static int look_up(struct kmod_ctx *modules, const char *name, enum source_module *where)
{
	struct kmod_list *found = NULL;
	struct kmod_module *module;
	int ret = libkmod.module_new_from_lookup(modules, name, &found);

	if (ret < 0)
		return ret;
	*where = SOURCE_MODULE_MISSING;
	if (found) {
		module = libkmod.module_get_module(found);
		*where = libkmod.module_get_path(module) ? SOURCE_MODULE_FILE
							 : SOURCE_MODULE_BUILTIN;
		libkmod.module_unref(module);
		libkmod.module_unref_list(found);
	}
	return 0;
}

/* libkmod takes a path. That of a descriptor can't be led elsewhere by a link in a sysroot. */
static int read_index(struct source *source, const char *release, const char *name,
		      enum source_module *where)
{
	static const char *const no_configuration[] = { NULL };
	_cleanup_close_ int fd = open_modules(source, release);
	char path[sizeof("/proc/self/fd/") + 11];
	struct kmod_ctx *modules;
	int ret = fd < 0 ? fd : load_libkmod();

	if (ret < 0)
		return ret;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	modules = libkmod.new(path, no_configuration);
	if (!modules)
		return -ENOMEM;
	libkmod.set_log_fn(modules, no_log, NULL);
	ret = look_up(modules, name, where);
	libkmod.unref(modules);
	return ret;
}

static int replay_module(const json_t *fact, enum source_module *where)
{
	const char *word = json_string_value(json_object_get(fact, "state"));
	int ret = answer_result(fact);

	if (ret < 0)
		return ret;
	for (size_t i = 0; word && i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(words[i], word) == 0) {
			*where = (enum source_module)i;
			return 0;
		}
	}
	return -EBADMSG;
}

int source_module(struct source *source, const char *release, const char *name,
		  enum source_module *where)
{
	_cleanup_free_ char *key = transcript_key("module", name);
	json_t *fact;
	int ret;

	if (source->mode == SOURCE_REPLAY)
		return replay_module(transcript_fact(source, key), where);
	ret = read_index(source, release, name, where);
	if (source->mode == SOURCE_RECORD) {
		fact = json_pack("{s:s}", "fact", key);
		answer_set_result(fact, ret);
		if (ret >= 0)
			json_object_set_new(fact, "state", json_string(words[*where]));
		transcript_write(source, fact);
	}
	return ret;
}
