/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make a synthetic host: the files of one with a given number of PCI devices, as a folder for
 * --sysroot, or to be put in the place of /sys.
 *
 *	synthesize FOLDER DEVICES
 *
 * What it has is what a large host has: root ports, behind each of them a network card with virtual
 * functions, of which one in 16 is bound to vfio-pci, and a graphics card that shares a group with its
 * sound. Files that say the same are links to one file: 65536 devices fit into memory so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PORTS_A_DOMAIN 240 /* 30 slots of 8 functions on bus 0, a bus for each */
#define DEVICES_A_PORT 64  /* with the port itself */
#define CONFIG_BYTES   256
#define VFIO_IN	       16

/* struct model - what a kind of device says of itself. */
struct model {
	const char *name;
	const char *driver;
	unsigned int class;
	unsigned int vendor;
	unsigned int device;
	bool is_virtual;
};

static const struct model port = { "port", "pcieport", 0x060400, 0x8086, 0x2030, false };
static const struct model card = { "card", "mlx5_core", 0x020000, 0x15b3, 0x101d, false };
static const struct model virtual_function = { "virtual", "mlx5_core", 0x020000,
					       0x15b3,	  0x101e,      true };
static const struct model graphics = { "graphics", "nouveau", 0x030000, 0x10de, 0x1eb8, false };
static const struct model sound = { "sound", "snd_hda_intel", 0x040300, 0x10de, 0x10f8, false };
static const struct model *const models[] = { &port, &card, &virtual_function, &graphics, &sound };

/* struct place - where the device is that is being made. */
struct place {
	unsigned int domain;
	char address[32];
	char folder[128]; /* below the root */
	char card[32];	  /* the function of which virtual ones are made */
};

static int root;
static unsigned int n_groups;
static unsigned int n_vfio;

static void fail(const char *what, const char *path)
{
	fprintf(stderr, "synthesize: %s '%s': %s\n", what, path, strerror(errno));
	exit(1);
}

static const char *format(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* A text that stays until eight more were made. */
static const char *format(const char *text, ...)
{
	static char buffers[8][512];
	static unsigned int next;
	char *buffer = buffers[next++ % 8];
	va_list ap;

	va_start(ap, text);
	vsnprintf(buffer, sizeof(buffers[0]), text, ap);
	va_end(ap);
	return buffer;
}

/* The folder @path, and those above it that are missing. */
static void folder(const char *path)
{
	char above[512];
	char *slash;

	if (mkdirat(root, path, 0755) == 0 || errno == EEXIST)
		return;
	snprintf(above, sizeof(above), "%s", path);
	slash = strrchr(above, '/');
	if (errno != ENOENT || !slash)
		fail("can't make", path);
	*slash = '\0';
	folder(above);
	if (mkdirat(root, path, 0755) < 0)
		fail("can't make", path);
}

static void file_of(const char *path, const void *content, size_t len)
{
	int fd = openat(root, path, O_WRONLY | O_CREAT | O_EXCL, 0644);

	if (fd < 0 || write(fd, content, len) != (ssize_t)len)
		fail("can't write", path);
	close(fd);
}

static void file(const char *path, const char *content)
{
	file_of(path, content, strlen(content));
}

/* The file @path is the one called @name in the folder of what many share. */
static void same(const char *path, const char *name)
{
	if (linkat(root, format("shared/%s", name), root, path, 0) < 0)
		fail("can't link", path);
}

static void symbolic(const char *path, const char *target)
{
	if (symlinkat(target, root, path) < 0)
		fail("can't make", path);
}

/* Configuration space with a PCI Express capability, without ACS; enough for lspci and for us. */
static void make_config(const struct model *model)
{
	uint8_t config[CONFIG_BYTES] = { 0 };

	config[0] = model->vendor & 0xff;
	config[1] = (uint8_t)(model->vendor >> 8);
	config[2] = model->device & 0xff;
	config[3] = (uint8_t)(model->device >> 8);
	config[6] = 0x10; /* there are capabilities */
	config[9] = model->class & 0xff;
	config[10] = model->class >> 8 & 0xff;
	config[11] = (uint8_t)(model->class >> 16);
	config[14] = model == &port;
	config[0x34] = 0x40;
	config[0x40] = 0x10;
	config[0x42] = model == &port ? 0x42 : 0x02;
	file_of(format("shared/%s.config", model->name), config, sizeof(config));
}

static void make_shared(void)
{
	folder("shared");
	for (size_t i = 0; i < sizeof(models) / sizeof(*models); i++) {
		const struct model *model = models[i];

		make_config(model);
		file(format("shared/%s.class", model->name), format("0x%06x\n", model->class));
		file(format("shared/%s.vendor", model->name), format("0x%04x\n", model->vendor));
		file(format("shared/%s.device", model->name), format("0x%04x\n", model->device));
	}
	file("shared/numa_node", "0\n");
	file("shared/irq", "0\n");
	file("shared/power_state", "D0\n");
	file("shared/driver_override", "(null)\n");
	file("shared/resource", "0x0000000000000000 0x0000000000000000 0x0000000000000000\n");
	file("shared/boot_vga", "0\n");
	file("shared/type", "DMA-FQ\n");
	file("shared/regions", "0x00000000fee00000 0x00000000feefffff msi\n");
	file("shared/regions.graphics", "0x0000000000000000 0x0000000000ffffff direct-relaxable\n"
					"0x00000000fee00000 0x00000000feefffff msi\n");
}

static void make_parameters(const char *module, const char *const *names)
{
	folder(format("sys/module/%s/parameters", module));
	for (; *names; names += 2)
		file(format("sys/module/%s/parameters/%s", module, names[0]), names[1]);
}

/* What there is once. */
static void make_system(void)
{
	static const char *const folders[] = {
		"proc/sys/kernel",	   "proc/self",		  "dev/vfio/devices",
		"sys/bus/pci/devices",	   "sys/class/iommu",	  "sys/kernel/iommu_groups",
		"sys/class/dmi/id",	   "sys/class/vfio-dev",  "sys/firmware/acpi/tables",
		"sys/kernel/irq/0",	   "sys/class/net",	  "sys/class/block",
		"sys/kernel/mm/hugepages", "sys/kernel/security",
	};
	static const char *const type1[] = { "allow_unsafe_interrupts",
					     "N\n",
					     "disable_hugepages",
					     "N\n",
					     "dma_entry_limit",
					     "65535\n",
					     NULL };
	static const char *const vfio[] = { "enable_unsafe_noiommu_mode", "N\n", NULL };
	static const char *const vfio_pci[] = { "disable_idle_d3", "N\n", "disable_vga", "N\n",
						NULL };

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		folder(folders[i]);
	file("proc/sys/kernel/osrelease", "6.12.0-synthetic\n");
	file("proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC\n");
	file("proc/sys/kernel/hostname", "synthetic\n");
	file("proc/cmdline", "root=/dev/vda1 intel_iommu=on\n");
	file("proc/self/uid_map", "         0          0 4294967295\n");
	file("dev/vfio/vfio", "");
	file("sys/class/dmi/id/sys_vendor", "Synthetic\n");
	file("sys/class/dmi/id/product_name", "Host\n");
	file("sys/firmware/acpi/tables/DMAR", "");
	file("sys/kernel/irq/0/chip_name", "IR-IO-APIC\n");
	file("sys/kernel/security/lockdown", "[none] integrity confidentiality\n");
	make_parameters("vfio_iommu_type1", type1);
	make_parameters("vfio", vfio);
	make_parameters("vfio_pci", vfio_pci);
}

static void make_iommu(unsigned int domain)
{
	const char *path = format("sys/devices/virtual/iommu/dmar%u", domain);

	folder(format("%s/intel-iommu", path));
	folder(format("%s/devices", path));
	file(format("%s/intel-iommu/version", path), "1:0\n");
	file(format("%s/intel-iommu/cap", path), "d2008c40660462\n");
	file(format("%s/intel-iommu/ecap", path), "f050da\n");
	symbolic(format("sys/class/iommu/dmar%u", domain),
		 format("../../devices/virtual/iommu/dmar%u", domain));
}

static void make_group(unsigned int id, const char *regions)
{
	folder(format("sys/kernel/iommu_groups/%u/devices", id));
	same(format("sys/kernel/iommu_groups/%u/type", id), "type");
	same(format("sys/kernel/iommu_groups/%u/reserved_regions", id), regions);
}

static void make_uevent(const struct place *place, const struct model *model, const char *driver)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "DRIVER=%s\nPCI_CLASS=%X\nPCI_ID=%04X:%04X\nPCI_SUBSYS_ID=%04X:0001\n"
		 "PCI_SLOT_NAME=%s\n"
		 "MODALIAS=pci:v0000%04Xd0000%04Xsv0000%04Xsd00000001bc%02Xsc%02Xi%02X\n",
		 driver, model->class, model->vendor, model->device, model->vendor, place->address,
		 model->vendor, model->device, model->vendor, model->class >> 16,
		 model->class >> 8 & 0xff, model->class & 0xff);
	file(format("%s/uevent", place->folder), text);
}

static void make_attributes(const struct place *place, const struct model *model)
{
	static const char *const of_model[] = { "class", "vendor", "device", "config" };
	static const char *const of_all[] = { "numa_node", "irq", "driver_override", "resource",
					      "power_state" };

	for (size_t i = 0; i < 4; i++)
		same(format("%s/%s", place->folder, of_model[i]),
		     format("%s.%s", model->name, of_model[i]));
	for (size_t i = 0; i < sizeof(of_all) / sizeof(*of_all); i++)
		same(format("%s/%s", place->folder, of_all[i]), of_all[i]);
	same(format("%s/subsystem_vendor", place->folder), format("%s.vendor", model->name));
	same(format("%s/subsystem_device", place->folder), format("%s.device", model->name));
	if (model == &graphics)
		same(format("%s/boot_vga", place->folder), "boot_vga");
}

/* "../" as often as @path has folders below sys/, to go up from a link in it. */
static const char *up(const char *path)
{
	static char text[64];
	char *at = text;

	for (path = strchr(path, '/'); path; path = strchr(path + 1, '/'))
		at = stpcpy(at, "../");
	return text;
}

static void make_links(const struct place *place, const struct model *model, const char *driver,
		       unsigned int group)
{
	const char *here = place->folder;
	const char *target = here + strlen("sys/");

	symbolic(format("%s/subsystem", here), format("%sbus/pci", up(here)));
	symbolic(format("%s/driver", here), format("%sbus/pci/drivers/%s", up(here), driver));
	symbolic(format("%s/iommu_group", here),
		 format("%skernel/iommu_groups/%u", up(here), group));
	symbolic(format("%s/iommu", here),
		 format("%sdevices/virtual/iommu/dmar%u", up(here), place->domain));
	if (model->is_virtual)
		symbolic(format("%s/physfn", here), format("../%s", place->card));
	symbolic(format("sys/bus/pci/devices/%s", place->address), format("../../../%s", target));
	folder(format("sys/bus/pci/drivers/%s", driver));
	symbolic(format("sys/bus/pci/drivers/%s/%s", driver, place->address),
		 format("../../../../%s", target));
	symbolic(format("sys/kernel/iommu_groups/%u/devices/%s", group, place->address),
		 format("../../../../%s", target));
	symbolic(format("sys/devices/virtual/iommu/dmar%u/devices/%s", place->domain,
			place->address),
		 format("../../../../../%s", target));
}

/* What there is of a device that is bound to vfio-pci. */
static void make_vfio(const struct place *place, unsigned int group)
{
	const char *here = format("%s/vfio-dev/vfio%u", place->folder, n_vfio);

	folder(here);
	symbolic(format("sys/class/vfio-dev/vfio%u", n_vfio),
		 format("../../%s", here + strlen("sys/")));
	file(format("dev/vfio/%u", group), "");
	file(format("dev/vfio/devices/vfio%u", n_vfio), "");
	n_vfio++;
}

static void make_device(const struct place *place, const struct model *model, bool is_vfio)
{
	const char *driver = is_vfio ? "vfio-pci" : model->driver;
	const char *regions = model == &graphics ? "regions.graphics" : "regions";
	/* The sound is in the group of the graphics, which came before it. */
	unsigned int group = model == &sound ? n_groups - 1 : n_groups++;

	folder(place->folder);
	if (model != &sound)
		make_group(group, regions);
	make_uevent(place, model, driver);
	make_attributes(place, model);
	make_links(place, model, driver, group);
	if (is_vfio)
		make_vfio(place, group);
}

/* Device @index of all, @behind in order behind its port. */
static void make_one(unsigned long index)
{
	unsigned int port_index = (unsigned int)(index / DEVICES_A_PORT);
	unsigned int behind = (unsigned int)(index % DEVICES_A_PORT);
	unsigned int in_domain = port_index % PORTS_A_DOMAIN;
	unsigned int function = behind - 1;
	const struct model *model = behind == 0			   ? &port
				    : behind == 1		   ? &card
				    : behind == DEVICES_A_PORT - 2 ? &graphics
				    : behind == DEVICES_A_PORT - 1 ? &sound
								   : &virtual_function;
	struct place place = { .domain = port_index / PORTS_A_DOMAIN };
	char above[80];

	snprintf(above, sizeof(above), "sys/devices/pci%04x:00/%04x:00:%02x.%x", place.domain,
		 place.domain, in_domain / 8 + 1, in_domain % 8);
	if (in_domain == 0 && behind == 0)
		make_iommu(place.domain);
	if (behind == 0) {
		snprintf(place.address, sizeof(place.address), "%s", strrchr(above, '/') + 1);
		snprintf(place.folder, sizeof(place.folder), "%s", above);
	} else {
		snprintf(place.card, sizeof(place.card), "%04x:%02x:00.0", place.domain,
			 in_domain + 1);
		snprintf(place.address, sizeof(place.address), "%04x:%02x:%02x.%x", place.domain,
			 in_domain + 1, function / 8, function % 8);
		snprintf(place.folder, sizeof(place.folder), "%s/%s", above, place.address);
	}
	make_device(&place, model, model->is_virtual && behind % VFIO_IN == 2);
}

int main(int argc, char **argv)
{
	unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;

	if (!count || count > 0x10000ul * PORTS_A_DOMAIN) {
		fprintf(stderr, "Usage: synthesize FOLDER DEVICES\n");
		return 64;
	}
	if (mkdir(argv[1], 0755) < 0)
		fail("can't make", argv[1]);
	root = open(argv[1], O_RDONLY | O_DIRECTORY);
	if (root < 0)
		fail("can't open", argv[1]);
	make_shared();
	make_system();
	for (unsigned long i = 0; i < count; i++)
		make_one(i);
	return 0;
}
