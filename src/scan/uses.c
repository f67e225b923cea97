/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence of use: processes that have groups, or nodes of devices, open; and classes of sysfs whose
 * devices the kernel uses itself. Read from the classes, not from each device: thousands of devices
 * may have no node at all.
 */
#include "scan/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "model/cmdline.h"

#define CLASS_STORAGE 0x01
#define CLASS_NETWORK 0x02
#define CLASS_DISPLAY 0x03
#define CLASS_SERIAL  0x0c /* serial buses: USB */

#define SUBCLASS_STORAGE_OTHER 0x0180

/* Of the nodes /dev/nvidiaN (NV_MAJOR_DEVICE_NUMBER); the last two are no GPU's. */
#define NVIDIA_MAJOR 195
#define NVIDIA_NODES 32

/** enum source_class - classes of sysfs, in the order of the table. */
enum source_class {
	CLASS_DRM,
	CLASS_SOUND,
	CLASS_VIDEO,
	CLASS_INPUT,
	CLASS_TTY,
	CLASS_USB,
	CLASS_DMA,
	CLASS_WATCHDOG,
	CLASS_RTC,
	CLASS_TPM,
	CLASS_ACCEL,
	CLASS_UIO,
	CLASS_BLUETOOTH,
	CLASS_GRAPHICS,
	CLASS_OTHERS,
};

/**
 * struct class - a class of sysfs.
 * @nodes: the directory in which its nodes are
 * @attribute: what says that the kernel uses the device, or NULL
 */
static const struct class
{
	const char *path;
	const char *nodes;
	const char *attribute;
} classes[] = {
	[CLASS_DRM] = { "/sys/class/drm", "/dev/dri/", NULL },
	[CLASS_SOUND] = { "/sys/class/sound", "/dev/snd/", NULL },
	[CLASS_VIDEO] = { "/sys/class/video4linux", "/dev/", NULL },
	[CLASS_INPUT] = { "/sys/class/input", "/dev/input/", NULL },
	[CLASS_TTY] = { "/sys/class/tty", "/dev/", NULL },
	[CLASS_USB] = { "/sys/bus/usb/devices", "USB device ", NULL },
	[CLASS_DMA] = { "/sys/class/dma", NULL, "in_use" },
	[CLASS_WATCHDOG] = { "/sys/class/watchdog", "/dev/", "state" },
	[CLASS_RTC] = { "/sys/class/rtc", "/dev/", NULL },
	[CLASS_TPM] = { "/sys/class/tpm", "/dev/", NULL },
	[CLASS_ACCEL] = { "/sys/class/accel", "/dev/accel/", NULL },
	[CLASS_UIO] = { "/sys/class/uio", "/dev/", NULL },
	[CLASS_BLUETOOTH] = { "/sys/class/bluetooth", NULL, NULL },
	[CLASS_GRAPHICS] = { "/sys/class/graphics", "/dev/", NULL },
	[CLASS_OTHERS] = { "/sys/class/dvb", "DVB device ", NULL },
	{ "/sys/class/hidraw", "/dev/", NULL },
	{ "/sys/class/infiniband_verbs", "/dev/infiniband/", NULL },
	{ "/sys/class/nvme", "/dev/", NULL },
	{ "/sys/class/nvme-generic", "/dev/", NULL },
	{ "/sys/class/scsi_generic", "/dev/", NULL },
	{ "/sys/class/ptp", "/dev/", NULL },
	{ "/sys/class/dsa", "/dev/dsa/", NULL },
	{ "/sys/class/usbmisc", "/dev/", NULL },
	{ "/sys/class/vhost-vdpa", "/dev/", NULL },
};

/**
 * struct entry - a device of a class, on @device.
 * @path: its directory
 * @is_known: it has a node, with @number
 */
struct entry {
	enum source_class class;
	char *name;
	char *path;
	struct device *device;
	bool is_known;
	struct source_number number;
};

/**
 * struct seen - what was seen of a device in all classes and disks.
 * @classes: a bit for each class of which it has an entry; all but those that are named are one
 * @has_block: a disk is on it, or in the domain that it hides
 * @need: how much the host needs its disks, as blocks_device_need() has it
 */
struct seen {
	const struct device *device;
	unsigned int classes;
	bool has_block;
	enum block_need need;
};

/**
 * struct evidence - all that was read of a host.
 * @class_errno: why the devices of a class are not known
 * @first_framebuffer: the smallest number of /dev/fbN on any device; UINT64_MAX without one
 * @seen: of all devices, sorted by their places in memory; made once all entries are read
 */
struct evidence {
	struct host *host;
	struct scan_index index;
	int class_errno[COUNT(classes)];
	struct entry *entries;
	size_t n_entries;
	struct source_number *numbers;
	size_t n_numbers;
	bool has_nvidia;
	struct source_number kfd;
	bool has_kfd;
	uint64_t first_framebuffer;
	struct seen *seen;
};

/* A file of a tree that was copied in part says as little as one of a capture that lacks it. */
static int unknown_errno(int ret)
{
	return ret == -ENOENT || ret == -EOPNOTSUPP ? ENODATA : -ret;
}

/* A driver of the host has it. */
static bool is_driven(const struct device *device)
{
	return device->driver && !device_is_bridge(device) && device_is_driven(device);
}

static void add_use(struct device *device, enum use_kind kind, char *text)
{
	struct use use = { .kind = kind, .text = text };

	APPEND(device->uses, device->n_uses, use);
}

static bool parse_number(const char *text, bool is_block, struct source_number *number)
{
	*number = (struct source_number){ .is_block = is_block };
	return text && sscanf(text, "%" SCNu32 ":%" SCNu32, &number->major, &number->minor) == 2;
}

/* The nearest device at or above @path, which a process of the host may use; or NULL. */
static struct device *device_above(const struct evidence *evidence, const char *path)
{
	_cleanup_free_ char *copy = xstrdup(path);
	struct device *device = NULL;
	char *slash;

	while (!device && (slash = strrchr(copy, '/')) && slash[1]) {
		device = scan_index_find(&evidence->index, slash + 1);
		*slash = '\0';
	}
	return device && is_driven(device) ? device : NULL;
}

/* Connectors of graphics and interfaces of USB have no nodes. */
static bool has_node(enum source_class class, const char *name)
{
	return !(class == CLASS_DRM && strchr(name, '-')) &&
	       !(class == CLASS_USB && strchr(name, ':'));
}

/* The number of "fb0"; UINT64_MAX for another name. */
static uint64_t framebuffer_number(const char *name)
{
	uint64_t number;

	return text_starts(name, "fb") && text_to_u64(name + strlen("fb"), 10, &number) == 0
		       ? number
		       : UINT64_MAX;
}

static void find_entries(struct source *source, struct evidence *evidence, size_t class)
{
	struct source_list names = { 0 }, targets = { 0 };
	int ret = source_links(source, classes[class].path, &names, &targets);

	evidence->class_errno[class] = ret < 0 ? unknown_errno(ret) : 0;
	for (size_t i = 0; i < targets.count; i++) {
		_cleanup_free_ char *path =
			targets.name[i] ? scan_join(classes[class].path, targets.name[i]) : NULL;
		struct entry entry = { .class = (enum source_class) class };
		uint64_t framebuffer = framebuffer_number(names.name[i]);

		if (class == CLASS_GRAPHICS && framebuffer < evidence->first_framebuffer)
			evidence->first_framebuffer = framebuffer;
		if (!path || text_starts(path, "/sys/devices/virtual/") ||
		    !has_node(entry.class, names.name[i]))
			continue;
		entry.device = device_above(evidence, path);
		if (!entry.device)
			continue;
		entry.name = text_clean(xstrdup(names.name[i]));
		entry.path = xstrdup(path);
		APPEND(evidence->entries, evidence->n_entries, entry);
	}
	source_list_clear(&names);
	source_list_clear(&targets);
}

static void add_number(struct evidence *evidence, struct source_number number)
{
	APPEND(evidence->numbers, evidence->n_numbers, number);
}

/* "active" of a watchdog; the number of users of a channel. */
static void take_attribute(const struct entry *entry, const char *value)
{
	uint64_t users;

	if (!value)
		return;
	if (entry->class == CLASS_WATCHDOG && strcmp(value, "active") == 0)
		add_use(entry->device, USE_WATCHDOG,
			xasprintf("the watchdog %s is on", entry->name));
	if (entry->class == CLASS_DMA && text_to_u64(value, 10, &users) == 0 && users)
		add_use(entry->device, USE_DMA,
			xasprintf("a driver uses the DMA channel %s", entry->name));
}

static void read_entries(struct source *source, struct evidence *evidence)
{
	struct batch batch = { 0 };

	for (size_t i = 0; i < evidence->n_entries; i++) {
		const struct entry *entry = &evidence->entries[i];
		const struct class *class = &classes[entry->class];

		if (class->nodes)
			batch_add(&batch, entry->path, "dev");
		if (class->attribute)
			batch_add(&batch, entry->path, class->attribute);
	}
	batch_read(source, &batch);
	for (size_t i = 0; i < evidence->n_entries; i++) {
		struct entry *entry = &evidence->entries[i];
		const struct class *class = &classes[entry->class];
		_cleanup_free_ char *number = class->nodes ? batch_take_line(&batch) : NULL;
		_cleanup_free_ char *value = class->attribute ? batch_take_line(&batch) : NULL;

		entry->is_known = parse_number(number, false, &entry->number);
		if (entry->is_known)
			add_number(evidence, entry->number);
		take_attribute(entry, value);
	}
	batch_clear(&batch);
}

/* Nodes that belong to drivers, and not to one device of a class. */
static void find_driver_nodes(struct source *source, struct evidence *evidence)
{
	bool has_amdgpu = false;

	for (size_t i = 0; i < evidence->host->n_devices; i++) {
		const char *driver = evidence->host->devices[i]->driver;

		evidence->has_nvidia |= driver && strcmp(driver, "nvidia") == 0;
		has_amdgpu |= driver && strcmp(driver, "amdgpu") == 0;
	}
	for (uint32_t i = 0; evidence->has_nvidia && i < NVIDIA_NODES; i++)
		add_number(evidence, (struct source_number){ .major = NVIDIA_MAJOR, .minor = i });
	if (has_amdgpu) {
		_cleanup_free_ char *number = scan_text(source, "/sys/class/kfd/kfd/dev");

		evidence->has_kfd = parse_number(number, false, &evidence->kfd);
	}
	if (evidence->has_kfd)
		add_number(evidence, evidence->kfd);
}

static void find_block_numbers(struct evidence *evidence)
{
	const struct blocks *blocks = &evidence->host->blocks;

	for (size_t i = 0; i < blocks->count; i++) {
		struct source_number number;

		if (parse_number(blocks->block[i].number, true, &number))
			add_number(evidence, number);
	}
}

/* Open nodes */

static char *process_name(const struct source_opener *opener)
{
	return xasprintf("process %d (%s)", opener->pid,
			 opener->name ? opener->name : "name unknown");
}

static void add_open(struct device *device, const struct source_opener *opener,
		     const char *directory, const char *name)
{
	_cleanup_free_ char *process = process_name(opener);

	add_use(device, USE_NODE, xasprintf("%s has %s%s open", process, directory, name));
}

static void find_open_entries(struct evidence *evidence, const struct source_holders *holders)
{
	for (size_t i = 0; i < evidence->n_entries; i++) {
		const struct entry *entry = &evidence->entries[i];
		const struct source_opener *opener =
			entry->is_known ? source_holders_opener(holders, &entry->number) : NULL;

		if (opener)
			add_open(entry->device, opener, classes[entry->class].nodes, entry->name);
	}
}

/* A node of NVIDIA does not say which of several GPUs it is, so it counts for each. */
static void find_open_driver_nodes(struct evidence *evidence, const struct source_holders *holders,
				   struct device *device)
{
	const struct source_opener *opener =
		evidence->has_kfd ? source_holders_opener(holders, &evidence->kfd) : NULL;

	if (opener && strcmp(device->driver, "amdgpu") == 0)
		add_open(device, opener, "/dev/", "kfd");
	for (uint32_t i = 0; strcmp(device->driver, "nvidia") == 0 && i < NVIDIA_NODES; i++) {
		const struct source_number number = { .major = NVIDIA_MAJOR, .minor = i };
		char name[] = "nvidia4294967295";

		opener = source_holders_opener(holders, &number);
		snprintf(name, sizeof(name), "nvidia%u", i);
		if (opener)
			add_open(device, opener, "/dev/", name);
	}
}

static void find_open_blocks(struct host *host, const struct source_holders *holders)
{
	int ret = holders->openers_ret;

	host->blocks.openers_errno = ret < 0 ? unknown_errno(ret) : 0;
	for (size_t i = 0; i < host->blocks.count; i++) {
		struct block *block = &host->blocks.block[i];
		const struct source_opener *opener = NULL;
		struct source_number number;

		if (parse_number(block->number, true, &number))
			opener = source_holders_opener(holders, &number);
		free(block->opener);
		block->opener = opener ? process_name(opener) : NULL;
	}
}

/* Devices that the kernel uses itself */

static bool is_console(const struct host *host, const char *active, const char *name)
{
	_cleanup_free_ char *words = xasprintf("%s %s", active ? active : "",
					       host->cmdline ? host->cmdline : "");
	char *rest = words, *word;

	while ((word = strsep(&rest, " "))) {
		if (text_starts(word, "console="))
			word += strlen("console=");
		word[strcspn(word, ",")] = '\0';
		if (strcmp(word, name) == 0)
			return true;
	}
	return false;
}

static void find_consoles(struct source *source, struct evidence *evidence)
{
	_cleanup_free_ char *active = NULL;
	bool is_read = false;

	for (size_t i = 0; i < evidence->n_entries; i++) {
		const struct entry *entry = &evidence->entries[i];

		if (entry->class != CLASS_TTY)
			continue;
		if (!is_read)
			active = scan_text(source, "/sys/devices/virtual/tty/console/active");
		is_read = true;
		if (is_console(evidence->host, active, entry->name))
			add_use(entry->device, USE_CONSOLE,
				xasprintf("%s is a console of the kernel", entry->name));
		else if (!active)
			entry->device->uses_errno = ENODATA;
	}
}

/*
 * The digits N of "fbcon=map:N…", by which consoles are on the framebuffers fbN; the last option counts.
 * Return: 1 if @number is one of them, 0 if not, -ENODATA where a capture does not hold the option.
 */
static int is_mapped(const struct host *host, uint64_t number)
{
	_cleanup_free_ char *options = cmdline_value(host->cmdline, "fbcon");
	char *rest = options, *option;
	int ret = 0;

	while ((option = strsep(&rest, ","))) {
		if (strcmp(option, "redacted") == 0)
			ret = -ENODATA;
		if (!text_starts(option, "map:"))
			continue;
		ret = 0;
		for (const char *digit = option + strlen("map:"); *digit; digit++)
			ret |= *digit >= '0' && (uint64_t)(*digit - '0') == number;
	}
	return ret;
}

/*
 * Return: 1 if the text console is on framebuffers, 0 if not, or why that is not known. Where no such
 * directory was copied, it is not known.
 */
static int has_framebuffer_console(struct source *source)
{
	static const char class[] = "/sys/class/vtconsole";
	struct source_list names = { 0 };
	int found = source_list(source, class, &names);
	int ret = found < 0 ? -unknown_errno(found) : names.count ? 0 : -ENODATA;

	for (size_t i = 0; i < names.count && ret != 1; i++) {
		_cleanup_free_ char *path = scan_resolve(source, class, names.name[i]);
		_cleanup_free_ char *name_path = path ? xjoin(path, '/', "name") : NULL;
		_cleanup_free_ char *bind_path = path ? xjoin(path, '/', "bind") : NULL;
		_cleanup_free_ char *name = path ? scan_attribute(source, name_path) : NULL;
		_cleanup_free_ char *bind = path ? scan_attribute(source, bind_path) : NULL;

		if (!name || !bind)
			ret = -ENODATA;
		else if (strstr(name, "frame buffer device") && strcmp(bind, "0") != 0)
			ret = 1;
	}
	source_list_clear(&names);
	return ret;
}

/* Without the class, any graphics card may have the console, unless that is on no framebuffer. */
static void note_unseen_framebuffers(struct source *source, const struct evidence *evidence)
{
	int ret = has_framebuffer_console(source);

	for (size_t i = 0; ret && i < evidence->host->n_devices; i++) {
		struct device *device = evidence->host->devices[i];

		if (device->class >> 16 == CLASS_DISPLAY && is_driven(device))
			device->uses_errno = ENODATA;
	}
}

/*
 * The console is on the first framebuffer, or on those that an option names (fbcon_fb_registered() and
 * fb_console_setup() in drivers/video/fbdev/core/fbcon.c), if it is on framebuffers at all. On which one
 * each console is now, only an ioctl on the opened node says. That the boot display is one is known.
 */
static void find_framebuffer_consoles(struct source *source, struct evidence *evidence)
{
	int on_any = -EAGAIN;

	if (evidence->class_errno[CLASS_GRAPHICS]) {
		note_unseen_framebuffers(source, evidence);
		return;
	}
	for (size_t i = 0; i < evidence->n_entries; i++) {
		const struct entry *entry = &evidence->entries[i];
		uint64_t number = framebuffer_number(entry->name);
		int ret;

		if (entry->class != CLASS_GRAPHICS || number == UINT64_MAX)
			continue;
		ret = number == evidence->first_framebuffer ? 1 : is_mapped(evidence->host, number);
		if (ret && on_any == -EAGAIN)
			on_any = has_framebuffer_console(source);
		if (ret && on_any > 0 && ret > 0)
			add_use(entry->device, USE_CONSOLE,
				xasprintf("the text console is on its framebuffer %s",
					  entry->name));
		else if (ret && on_any)
			entry->device->uses_errno = on_any < 0 ? -on_any : ENODATA;
	}
}

static bool has_use(const struct device *device, enum use_kind kind)
{
	for (size_t i = 0; i < device->n_uses; i++) {
		if (device->uses[i].kind == kind)
			return true;
	}
	return false;
}

/* Jacks of sound cards are input devices too, which is no use of them. */
static void find_inputs(struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->n_entries; i++) {
		const struct entry *entry = &evidence->entries[i];
		struct device *device = entry->device;

		if (entry->class == CLASS_INPUT && device->class >> 16 == CLASS_SERIAL &&
		    !has_use(device, USE_INPUT))
			add_use(device, USE_INPUT,
				xasprintf("an input device (%s) is behind it", entry->name));
		/* Its connections have no node; an adapter may have a keyboard. */
		if (entry->class == CLASS_BLUETOOTH && !strchr(entry->name, ':'))
			add_use(device, USE_OTHER,
				xasprintf("a Bluetooth adapter (%s) is behind it", entry->name));
		if (entry->class == CLASS_RTC)
			add_use(device, USE_OTHER, xasprintf("it is the clock %s", entry->name));
		if (entry->class == CLASS_TPM)
			add_use(device, USE_OTHER, xasprintf("it is the TPM %s", entry->name));
	}
}

/* Completeness */

static int compare_seen(const void *a, const void *b)
{
	uintptr_t one = (uintptr_t)((const struct seen *)a)->device;
	uintptr_t two = (uintptr_t)((const struct seen *)b)->device;

	return (one > two) - (one < two);
}

static struct seen *find_seen(const struct evidence *evidence, const struct device *device)
{
	struct seen key = { .device = device };

	return device && evidence->host->n_devices
		       ? bsearch(&key, evidence->seen, evidence->host->n_devices, sizeof(key),
				 compare_seen)
		       : NULL;
}

static unsigned int class_bit(enum source_class class)
{
	return 1U << (class < CLASS_OTHERS ? class : CLASS_OTHERS);
}

static void see_block(const struct evidence *evidence, const struct device *device,
		      enum block_need need)
{
	struct seen *seen = find_seen(evidence, device);

	if (!seen)
		return;
	seen->has_block = true;
	if (need > seen->need)
		seen->need = need;
}

/* So that no device goes through all entries and all disks of a host. */
static void see_all(struct evidence *evidence)
{
	const struct host *host = evidence->host;
	const struct blocks *blocks = &host->blocks;

	evidence->seen = xcalloc(host->n_devices, sizeof(*evidence->seen));
	for (size_t i = 0; i < host->n_devices; i++)
		evidence->seen[i] = (struct seen){
			.device = host->devices[i],
			.need = blocks->error ? BLOCK_UNKNOWN : BLOCK_IDLE,
		};
	if (host->n_devices)
		qsort(evidence->seen, host->n_devices, sizeof(*evidence->seen), compare_seen);
	for (size_t i = 0; i < evidence->n_entries; i++)
		find_seen(evidence, evidence->entries[i].device)->classes |=
			class_bit(evidence->entries[i].class);
	for (size_t i = 0; i < blocks->count; i++) {
		const struct device *device = blocks->block[i].device;
		enum block_need need = device ? block_need(blocks, &blocks->block[i]) : BLOCK_IDLE;

		see_block(evidence, device, need);
		if (device && device->endpoint)
			see_block(evidence, scan_index_find(&evidence->index, device->endpoint),
				  need);
	}
}

/* CLASS_OTHERS: any class at all. */
static bool has_entry(const struct evidence *evidence, const struct device *device,
		      enum source_class class)
{
	const struct seen *seen = find_seen(evidence, device);

	return seen && (class == CLASS_OTHERS ? seen->classes : seen->classes & class_bit(class));
}

/*
 * A storage controller of no common kind without a disk may have something else: virtiofs has a
 * file system, and names its tag alone.
 */
static int storage_evidence(const struct evidence *evidence, const struct device *device)
{
	return device->class >> 8 == SUBCLASS_STORAGE_OTHER &&
			       !find_seen(evidence, device)->has_block
		       ? ENODATA
		       : 0;
}

/* Why the absence of uses says nothing for this class of PCI; 0 if it does. */
static int class_evidence(const struct evidence *evidence, const struct device *device)
{
	static const struct {
		uint32_t class, mask;
		enum source_class needs;
		bool needs_entry;
	} table[] = {
		{ 0x030000, 0xff0000, CLASS_DRM, true },
		{ 0x040100, 0xffff00, CLASS_SOUND, false },
		{ 0x040300, 0xffff00, CLASS_SOUND, false },
		/* Sound, video or neither: drivers of their own makers have nodes of no class here. */
		{ 0x048000, 0xffff00, CLASS_SOUND, true },
		{ 0x040000, 0xffff00, CLASS_VIDEO, true },
		/* Host controllers; USB4 (40) and device controllers (fe) have no USB devices. */
		{ 0x0c0300, 0xffffcf, CLASS_INPUT, false },
		/* Serial ports; "other" communication (80) is a management engine or a modem. */
		{ 0x070000, 0xffff00, CLASS_TTY, false },
		{ 0x070200, 0xffff00, CLASS_TTY, false },
		{ 0x080100, 0xffff00, CLASS_DMA, true },
		{ 0x088000, 0xffff00, CLASS_DMA, true },
		{ 0x120000, 0xff0000, CLASS_ACCEL, true },
	};

	if (device_is_uio(device))
		return has_entry(evidence, device, CLASS_UIO) ? 0 : ENODATA;
	/* The driver is for one user alone: the process that has the node open. */
	if (has_entry(evidence, device, CLASS_UIO))
		return 0;
	/* Disks and interfaces have evidence of their own. */
	if (device->class >> 16 == CLASS_STORAGE)
		return storage_evidence(evidence, device);
	if (device->class >> 16 == CLASS_NETWORK)
		return 0;
	if (device->class >> 16 == CLASS_DISPLAY && strcmp(device->driver, "nvidia") == 0)
		return 0;
	for (size_t i = 0; i < COUNT(table); i++) {
		if ((device->class & table[i].mask) != table[i].class)
			continue;
		if (evidence->class_errno[table[i].needs])
			return evidence->class_errno[table[i].needs];
		return table[i].needs_entry && !has_entry(evidence, device, table[i].needs)
			       ? ENODATA
			       : 0;
	}
	return ENODATA;
}

/* Of an interface without a node of its own no process need be seen. */
static int opener_evidence(const struct evidence *evidence, const struct device *device,
			   const struct source_holders *holders)
{
	bool needs_none = device->class >> 16 == CLASS_NETWORK &&
			  !has_entry(evidence, device, CLASS_OTHERS);

	return holders->openers_ret < 0 && !needs_none ? unknown_errno(holders->openers_ret) : 0;
}

static void set_completeness(const struct evidence *evidence, const struct source_holders *holders)
{
	const struct blocks *blocks = &evidence->host->blocks;

	for (size_t i = 0; i < evidence->host->n_devices; i++) {
		struct device *device = evidence->host->devices[i];

		if (!is_driven(device))
			continue;
		if (!device->uses_errno)
			device->uses_errno = device->console_errno;
		if (!device->uses_errno)
			device->uses_errno = class_evidence(evidence, device);
		if (!device->uses_errno)
			device->uses_errno = opener_evidence(evidence, device, holders);
		/* Disks that something uses without naming them (ZFS) may be those of this device. */
		if (!device->uses_errno && !device_is_uio(device) &&
		    (device->class >> 16 == CLASS_STORAGE || device->class >> 16 == CLASS_SERIAL) &&
		    find_seen(evidence, device)->need == BLOCK_UNKNOWN)
			device->uses_errno = blocks->error ? blocks->error : ENODATA;
	}
}

static void take_holders(struct host *host, int ret, const struct source_holders *holders)
{
	host->holders_errno = -ret;
	for (size_t i = 0; i < holders->count; i++) {
		struct holder holder = {
			.path = xstrdup(holders->holder[i].path),
			.pid = holders->holder[i].pid,
			.name = xstrdup(holders->holder[i].name),
			.guest = xstrdup(holders->holder[i].guest),
			.unit = xstrdup(holders->holder[i].unit),
		};

		APPEND(host->holders, host->n_holders, holder);
	}
}

static bool is_any(const struct host *host, bool (*is_it)(const struct device *device))
{
	for (size_t i = 0; i < host->n_devices; i++) {
		if (is_it(host->devices[i]))
			return true;
	}
	return false;
}

static void find_all(struct source *source, struct evidence *evidence)
{
	struct host *host = evidence->host;
	struct source_holders holders;
	int ret;

	scan_index_make(&evidence->index, host);
	for (size_t i = 0; i < COUNT(classes); i++)
		find_entries(source, evidence, i);
	read_entries(source, evidence);
	find_driver_nodes(source, evidence);
	find_block_numbers(evidence);
	ret = source_openers(source, "/dev/vfio", evidence->numbers, evidence->n_numbers, &holders);
	take_holders(host, ret, &holders);
	find_open_entries(evidence, &holders);
	for (size_t i = 0; i < host->n_devices; i++) {
		if (is_driven(host->devices[i]))
			find_open_driver_nodes(evidence, &holders, host->devices[i]);
	}
	find_open_blocks(host, &holders);
	find_consoles(source, evidence);
	find_framebuffer_consoles(source, evidence);
	find_inputs(evidence);
	see_all(evidence);
	set_completeness(evidence, &holders);
	source_holders_clear(&holders);
}

/* A walk over all processes, so only where one can have something open. */
void scan_uses(struct source *source, struct host *host)
{
	struct evidence evidence = { .host = host, .first_framebuffer = UINT64_MAX };

	host_clear_holders(host);
	for (size_t i = 0; i < host->n_devices; i++) {
		device_clear_uses(host->devices[i]);
		host->devices[i]->uses_errno = 0;
	}
	if (!is_any(host, is_driven) && !is_any(host, device_is_vfio))
		return;
	find_all(source, &evidence);
	for (size_t i = 0; i < evidence.n_entries; i++) {
		free(evidence.entries[i].name);
		free(evidence.entries[i].path);
	}
	free(evidence.entries);
	free(evidence.numbers);
	free(evidence.seen);
	scan_index_clear(&evidence.index);
}
