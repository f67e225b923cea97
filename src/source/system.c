/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the running system says of itself, and names for PCI ids. */
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include <pci/pci.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "source/internal.h"

#define NAMES_PATH "/usr/share/misc/pci.ids"

static char *copy_member(const json_t *object, const char *key)
{
	char *copy = xstrdup(json_string_value(json_object_get(object, key)));

	return text_clean(copy);
}

static int replay_system(const struct source *source, struct source_system *system)
{
	const json_t *fact = transcript_fact(source, "system");

	if (!fact)
		return -ENODATA;
	system->release = copy_member(fact, "release");
	system->build = copy_member(fact, "version");
	system->arch = copy_member(fact, "machine");
	system->node = copy_member(fact, "node");
	system->page_size = json_u64(json_object_get(fact, "page_size"));
	system->address_bits =
		(unsigned int)json_integer_value(json_object_get(fact, "address_bits"));
	return 0;
}

/*
 * From the instruction: /proc/cpuinfo says the same, but asks every CPU for its speed first. The
 * Intel manual and AMD's call it MAXPHYADDR, in bits 7 to 0 of EAX of leaf 80000008h.
 */
static unsigned int address_bits(void)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned int a, b, c, d;

	if (__get_cpuid(0x80000008, &a, &b, &c, &d))
		return a & 0xff;
#endif
	return 0;
}

int source_system(struct source *source, struct source_system *system)
{
	struct utsname name;

	memset(system, 0, sizeof(*system));
	if (source->mode == SOURCE_SYSROOT)
		return -EOPNOTSUPP;
	if (source->mode == SOURCE_REPLAY)
		return replay_system(source, system);
	if (uname(&name) < 0)
		return -errno;
	system->release = text_clean(xstrdup(name.release));
	system->build = text_clean(xstrdup(name.version));
	system->arch = text_clean(xstrdup(name.machine));
	system->node = text_clean(xstrdup(name.nodename));
	system->page_size = (uint64_t)sysconf(_SC_PAGESIZE);
	system->address_bits = address_bits();
	if (source->mode == SOURCE_RECORD)
		transcript_write(source,
				 json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:i}", "fact", "system",
					   "release", system->release, "version", system->build,
					   "machine", system->arch, "node", system->node,
					   "page_size", (json_int_t)system->page_size,
					   "address_bits", (int)system->address_bits));
	return 0;
}

void source_system_clear(struct source_system *system)
{
	free(system->release);
	free(system->build);
	free(system->arch);
	free(system->node);
	memset(system, 0, sizeof(*system));
}

/* Where to go when libpci gives up: it calls names_error() and that must not come back. */
static jmp_buf names_failed;

/* A pci.ids with a broken line, mostly. */
static __attribute__((noreturn)) void names_error(char *format, ...)
{
	(void)format;
	/* It says so of what it could not have too, and would leave its file open. */
	if (errno == ENOMEM)
		out_of_memory();
	longjmp(names_failed, 1);
}

static void names_warning(char *format, ...)
{
	(void)format; /* a pci.ids that can't be read only means that there are no names */
}

/*
 * libpci takes the path of pci.ids. With a sysroot it gets the file by its descriptor, opened
 * inside the sysroot, so that no link there can lead it to a file of this machine.
 */
static void names_open(struct source *source)
{
	static char cache[] = "net.cache_name";
	static char none[] = "";
	static char elsewhere[sizeof("/proc/self/fd/") + 11];
	static char usual[] = NAMES_PATH;
	char *path = usual;

	/* No pci_init(): it would look for a way to the bus, and names need none. */
	source->names = pci_alloc();
	source->names->error = names_error;
	source->names->warning = names_warning;
	source->names->debug = names_warning;
	if (source->confined) {
		source->names_fd = open_plain(source, NAMES_PATH);
		snprintf(elsewhere, sizeof(elsewhere), "/proc/self/fd/%d", source->names_fd);
		path = elsewhere;
	}
	pci_set_name_list_path(source->names, path, 0);
	/* No names that somebody's lspci once had from the network, in a file of the user's home. */
	pci_set_param(source->names, cache, none);
}

/* A name, or NULL where pci.ids has none. */
static char *name_of(struct source *source, int flags, int first, int second)
{
	char buffer[256];
	char *name;

	if (source->names_broken || (source->confined && source->names_fd < 0))
		return NULL;
	if (setjmp(names_failed)) {
		source->names_broken = true;
		return NULL;
	}
	name = pci_lookup_name(source->names, buffer, sizeof(buffer),
			       flags | PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB, first, second);
	return name ? text_clean(xstrdup(name)) : NULL;
}

static void set_name(json_t *fact, const char *key, const char *name)
{
	if (name)
		json_object_set_new(fact, key, json_string(name));
}

void source_pci_names(struct source *source, const struct pci_id *id, struct pci_names *names)
{
	_cleanup_free_ char *key = xasprintf("pci %04x:%04x %06x", id->vendor, id->device,
					     id->class);
	json_t *fact;

	memset(names, 0, sizeof(*names));
	if (source->mode == SOURCE_REPLAY) {
		fact = transcript_fact(source, key);
		names->vendor = copy_member(fact, "vendor");
		names->device = copy_member(fact, "device");
		names->class_name = copy_member(fact, "class");
		return;
	}
	if (!source->names)
		names_open(source);
	names->vendor = name_of(source, PCI_LOOKUP_VENDOR, id->vendor, 0);
	names->device = name_of(source, PCI_LOOKUP_DEVICE, id->vendor, id->device);
	names->class_name = name_of(source, PCI_LOOKUP_CLASS, (int)(id->class >> 8), 0);
	if (source->mode == SOURCE_RECORD) {
		fact = json_pack("{s:s}", "fact", key);
		set_name(fact, "vendor", names->vendor);
		set_name(fact, "device", names->device);
		set_name(fact, "class", names->class_name);
		transcript_write(source, fact);
	}
}
