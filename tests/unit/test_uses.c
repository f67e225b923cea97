/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Evidence of use: nodes that processes have open, and what the kernel uses itself. */
#include "sysroot.h"

#define GPU   "pci0000:00/0000:01:00.0"
#define AUDIO "pci0000:00/0000:01:00.1"
#define USB   "pci0000:00/0000:00:14.0"
#define LPC   "pci0000:00/0000:00:1f.0"
#define DMA   "pci0000:00/0000:00:04.0"
#define UART  "pci0000:00/0000:00:16.3"
#define NVME  "pci0000:00/0000:02:00.0"

/* A capture with @facts, and its files. */
static const char *files_of(const char *capture)
{
	return path_in(capture, "files");
}

static const char *host_with(const char *facts)
{
	const char *capture = capture_new(facts);
	const char *root = files_of(capture);

	put_pci(root, GPU, "DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_ID=1002:73BF\n");
	put_pci(root, AUDIO, "DRIVER=snd_hda_intel\nPCI_CLASS=40300\nPCI_ID=1002:AB28\n");
	put_pci(root, USB, "DRIVER=xhci_hcd\nPCI_CLASS=C0330\nPCI_ID=8086:A36D\n");
	put_pci(root, LPC, "DRIVER=lpc_ich\nPCI_CLASS=60100\nPCI_ID=8086:A305\n");
	put_pci(root, DMA, "DRIVER=ioatdma\nPCI_CLASS=88000\nPCI_ID=8086:2021\n");
	put_pci(root, UART, "DRIVER=serial\nPCI_CLASS=70002\nPCI_ID=8086:A363\n");
	put_pci(root, NVME, "DRIVER=nvme\nPCI_CLASS=10802\nPCI_ID=144D:A808\n");
	put_file(root, "proc/self/mountinfo", "22 1 0:1 / / rw - rootfs rootfs rw\n");
	put_file(root, "proc/swaps", "Filename Type Size Used Priority\n");
	put_file(root, "sys/devices/virtual/tty/console/active", "tty0\n");
	return capture;
}

/* A device of @class whose directory is @path below /sys/devices, with a node @number. */
static void put_class(const char *capture, const char *class, const char *path, const char *number)
{
	const char *root = files_of(capture);
	const char *directory = keep(xasprintf("sys/devices/%s", path));

	if (number)
		put_file(root, path_in(directory, "dev"), keep(xasprintf("%s\n", number)));
	else
		put_directory(root, directory);
	if (strcmp(class, "sys/class/block") == 0)
		put_directory(root, path_in(directory, "holders"));
	put_link(root, keep(xasprintf("%s/%s", class, text_base_name(path))),
		 keep(xasprintf("../../devices/%s", path)));
}

/* All classes that the devices need, without anything in them. */
static void put_classes(const char *capture)
{
	static const char *const classes[] = { "drm", "graphics", "sound", "input",
					       "tty", "dma",	  "block" };

	for (size_t i = 0; i < COUNT(classes); i++)
		put_directory(files_of(capture), path_in("sys/class", classes[i]));
}

static struct host *scan(const char *capture)
{
	struct source *source = capture_replay(capture);
	struct host *host = scan_host(source);

	scan_blocks(source, host);
	scan_uses(source, host);
	source_close(source);
	return host;
}

static const struct device *device_at(const struct host *host, const char *path)
{
	const struct device *device = host_device(host, text_base_name(path));

	assert_non_null(device);
	return device;
}

static void assert_use(const struct host *host, const char *path, enum use_kind kind,
		       const char *text)
{
	const struct device *device = device_at(host, path);

	assert_int_equal(device->n_uses, 1);
	assert_int_equal(device->uses[0].kind, kind);
	assert_string_equal(device->uses[0].text, text);
}

static void assert_idle(const struct host *host, const char *path)
{
	assert_int_equal(device_at(host, path)->n_uses, 0);
	assert_int_equal(device_at(host, path)->uses_errno, 0);
}

#define HOLDERS	      "{'fact': 'holders /dev/vfio', 'ret': 0, 'holders': []}\n"
#define OPENERS(list) HOLDERS "{'fact': 'openers', 'ret': 0, 'openers': [" list "]}\n"

static void put_nodes(const char *capture)
{
	put_classes(capture);
	put_class(capture, "sys/class/drm", GPU "/drm/card1", "226:1");
	put_class(capture, "sys/class/drm", GPU "/drm/renderD128", "226:128");
	put_class(capture, "sys/class/drm", GPU "/drm/card1/card1-DP-1", NULL);
	put_class(capture, "sys/class/sound", AUDIO "/sound/card0", NULL);
	put_class(capture, "sys/class/sound", AUDIO "/sound/card0/controlC0", "116:7");
	put_class(capture, "sys/class/dma", DMA "/dma/dma0chan0", NULL);
	put_file(files_of(capture), "sys/devices/" DMA "/dma/dma0chan0/in_use", "0\n");
	put_class(capture, "sys/class/tty", UART "/tty/ttyS4", "4:68");
	put_class(capture, "sys/class/block", NVME "/nvme/nvme0/nvme0n1", "259:0");
}

TEST(what_nothing_has_open_is_idle)
{
	const char *capture = host_with(OPENERS(""));
	struct host *host;

	put_nodes(capture);
	host = scan(capture);
	assert_idle(host, GPU);
	assert_idle(host, AUDIO);
	assert_idle(host, USB);
	assert_idle(host, DMA);
	assert_idle(host, UART);
	assert_idle(host, NVME);
	/* No class of sysfs says that nothing uses the chipset. */
	assert_int_equal(device_at(host, LPC)->uses_errno, ENODATA);
	assert_int_equal(host->blocks.openers_errno, 0);
	host_free(host);
}

TEST(an_open_node_is_a_use_of_its_device)
{
	const char *capture = host_with(
		OPENERS("{'block': false, 'major': 226, 'minor': 1, 'pid': 812, 'name': 'Xorg'},"
			"{'block': false, 'major': 116, 'minor': 7, 'pid': 9, 'name': null},"
			"{'block': false, 'major': 4, 'minor': 68, 'pid': 7, 'name': 'agetty'},"
			"{'block': true, 'major': 259, 'minor': 0, 'pid': 5, 'name': 'qemu'}"));
	struct host *host;

	put_nodes(capture);
	host = scan(capture);
	assert_use(host, GPU, USE_NODE, "process 812 (Xorg) has /dev/dri/card1 open");
	assert_use(host, AUDIO, USE_NODE, "process 9 (name unknown) has /dev/snd/controlC0 open");
	assert_use(host, UART, USE_NODE, "process 7 (agetty) has /dev/ttyS4 open");
	assert_string_equal(blocks_find(&host->blocks, "nvme0n1")->opener, "process 5 (qemu)");
	assert_int_equal(blocks_device_need(&host->blocks, device_at(host, NVME)), BLOCK_IN_USE);
	host_free(host);
}

/* Block and character devices have numbers of their own. */
TEST(a_node_of_another_kind_with_that_number_is_no_use)
{
	const char *capture =
		host_with(OPENERS("{'block': true, 'major': 226, 'minor': 1, 'pid': 812},"
				  "{'block': false, 'major': 259, 'minor': 0, 'pid': 812},"
				  "{'block': false, 'major': 226, 'minor': 2, 'pid': 812}"));
	struct host *host;

	put_nodes(capture);
	host = scan(capture);
	assert_idle(host, GPU);
	assert_int_equal(blocks_device_need(&host->blocks, device_at(host, NVME)), BLOCK_IDLE);
	host_free(host);
}

static void assert_unknown(const struct host *host, const char *path, int error)
{
	assert_int_equal(device_at(host, path)->n_uses, 0);
	assert_int_equal(device_at(host, path)->uses_errno, error);
}

/* Classes of PCI whose devices may be used without a disk, a node or an input device that shows it. */
TEST(of_what_shows_no_use_it_is_not_known)
{
	static const struct {
		const char *class, *driver;
		bool is_known;
	} table[] = {
		{ "10802", "nvme", true },
		{ "10601", "ahci", true },
		{ "18000", "virtio-pci", false } /* virtiofs */,
		{ "C0330", "xhci_hcd", true },
		{ "C0320", "ehci-pci", true },
		{ "C0340", "thunderbolt", false },
		{ "C03FE", "dwc3-pci", false },
		{ "70002", "serial", true },
		{ "70200", "serial", true },
		{ "78000", "mei_me", false },
		{ "48000", "blackmagic", false },
		{ "10802", "uio_pci_generic", false },
		{ "20000", "igb_uio", false },
	};
	const char *capture = host_with(OPENERS(""));
	struct host *host;

	put_classes(capture);
	for (size_t i = 0; i < COUNT(table); i++) {
		put_file(files_of(capture), "sys/devices/" UART "/uevent",
			 keep(xasprintf("DRIVER=%s\nPCI_CLASS=%s\nPCI_ID=8086:A363\n",
					table[i].driver, table[i].class)));
		host = scan(capture);
		assert_unknown(host, UART, table[i].is_known ? 0 : ENODATA);
		host_free(host);
	}
	/* A disk is evidence, whatever its controller is called, and sound and video nodes are. */
	put_file(files_of(capture), "sys/devices/" UART "/uevent",
		 "DRIVER=x\nPCI_CLASS=18000\nPCI_ID=8086:A363\n");
	put_class(capture, "sys/class/block", UART "/x0/sdb", "8:16");
	host = scan(capture);
	assert_idle(host, UART);
	host_free(host);
	put_file(files_of(capture), "sys/devices/" UART "/uevent",
		 "DRIVER=snd_pci_acp3x\nPCI_CLASS=48000\nPCI_ID=1022:15E2\n");
	put_class(capture, "sys/class/sound", UART "/sound/card1", NULL);
	host = scan(capture);
	assert_idle(host, UART);
	host_free(host);
}

TEST(without_its_class_or_all_processes_the_use_of_a_device_is_not_known)
{
	const char *capture = host_with(OPENERS(""));
	struct host *host = scan(capture);

	assert_unknown(host, GPU, ENODATA);
	assert_unknown(host, AUDIO, ENODATA);
	assert_unknown(host, USB, ENODATA);
	assert_unknown(host, NVME, ENOENT);
	host_free(host);
	/* A class without this device says nothing where its driver should have put one. */
	put_classes(capture);
	host = scan(capture);
	assert_unknown(host, GPU, ENODATA);
	assert_unknown(host, DMA, ENODATA);
	assert_idle(host, AUDIO);
	host_free(host);
	capture = host_with("{'fact': 'holders /dev/vfio', 'errno': 'EACCES', 'holders': []}\n"
			    "{'fact': 'openers', 'errno': 'EACCES', 'openers': []}\n");
	put_nodes(capture);
	host = scan(capture);
	assert_unknown(host, GPU, EACCES);
	assert_unknown(host, USB, EACCES);
	assert_unknown(host, NVME, EACCES);
	assert_int_equal(host->blocks.openers_errno, EACCES);
	host_free(host);
}

/* A capture of a version that did not ask has no openers, and says nothing of them. */
TEST(a_capture_that_was_made_before_leaves_it_unknown)
{
	const char *capture = host_with(HOLDERS);
	struct host *host;

	put_nodes(capture);
	host = scan(capture);
	assert_unknown(host, GPU, ENODATA);
	assert_unknown(host, NVME, ENODATA);
	assert_int_equal(host->holders_errno, 0);
	host_free(host);
}

TEST(what_the_kernel_uses_itself_is_a_use)
{
	const char *capture = host_with(OPENERS(""));
	const char *root = files_of(capture);
	struct host *host;

	put_nodes(capture);
	put_file(root, "sys/devices/" DMA "/dma/dma0chan0/in_use", "2\n");
	put_class(capture, "sys/class/input", USB "/usb1/1-2/1-2:1.0/input/input5/event3", "13:67");
	put_class(capture, "sys/class/input", AUDIO "/sound/card0/input7", NULL);
	put_class(capture, "sys/class/watchdog", LPC "/iTCO_wdt.1.auto/watchdog/watchdog0",
		  "10:130");
	put_file(root, "sys/devices/" LPC "/iTCO_wdt.1.auto/watchdog/watchdog0/state", "active\n");
	put_file(root, "sys/devices/virtual/tty/console/active", "tty0 ttyS4\n");
	host = scan(capture);
	assert_use(host, DMA, USE_DMA, "a driver uses the DMA channel dma0chan0");
	assert_use(host, USB, USE_INPUT, "an input device (event3) is behind it");
	assert_use(host, LPC, USE_WATCHDOG, "the watchdog watchdog0 is on");
	assert_use(host, UART, USE_CONSOLE, "ttyS4 is a console of the kernel");
	assert_idle(host, AUDIO);
	host_free(host);
	put_file(root, "sys/devices/" LPC "/iTCO_wdt.1.auto/watchdog/watchdog0/state",
		 "inactive\n");
	put_file(root, "sys/devices/virtual/tty/console/active", "tty0 ttyS40\n");
	put_file(root, "proc/cmdline", "quiet console=ttyS4,115200n8 console=tty0\n");
	host = scan(capture);
	assert_int_equal(device_at(host, LPC)->n_uses, 0);
	assert_use(host, UART, USE_CONSOLE, "ttyS4 is a console of the kernel");
	host_free(host);
}

/* Their nodes are of no class that names the device. */
TEST(nodes_of_nvidia_and_of_kfd_count_for_their_drivers)
{
	const char *capture = host_with(
		OPENERS("{'block': false, 'major': 195, 'minor': 0, 'pid': 4, 'name': 'python3'}"));
	const char *root = files_of(capture);
	struct host *host;

	put_file(root, "sys/devices/" GPU "/uevent",
		 "DRIVER=nvidia\nPCI_CLASS=30200\nPCI_ID=10DE:20B0\n");
	host = scan(capture);
	assert_use(host, GPU, USE_NODE, "process 4 (python3) has /dev/nvidia0 open");
	host_free(host);
	capture = host_with(
		OPENERS("{'block': false, 'major': 235, 'minor': 0, 'pid': 4, 'name': 'rocm'}"));
	put_nodes(capture);
	put_file(files_of(capture), "sys/class/kfd/kfd/dev", "235:0\n");
	host = scan(capture);
	assert_use(host, GPU, USE_NODE, "process 4 (rocm) has /dev/kfd open");
	host_free(host);
}

/* SPDK and DPDK: the driver is for the process that has the node open. */
TEST(a_device_of_uio_is_used_by_who_has_its_node_open)
{
	const char *capture = host_with(OPENERS(
		"{'block': false, 'major': 240, 'minor': 0, 'pid': 4, 'name': 'spdk_tgt'}"));
	struct host *host;

	put_nodes(capture);
	put_file(files_of(capture), "sys/devices/" NVME "/uevent",
		 "DRIVER=uio_pci_generic\nPCI_CLASS=10802\nPCI_ID=144D:A808\n");
	put_class(capture, "sys/class/uio", NVME "/uio/uio0", "240:0");
	host = scan(capture);
	assert_use(host, NVME, USE_NODE, "process 4 (spdk_tgt) has /dev/uio0 open");
	host_free(host);
	/* It is in no pool of ZFS. */
	put_class(capture, "sys/class/uio", UART "/uio/uio1", "240:1");
	put_file(files_of(capture), "sys/devices/" UART "/uevent",
		 "DRIVER=uio_pci_generic\nPCI_CLASS=10802\nPCI_ID=144D:A808\n");
	put_file(files_of(capture), "proc/self/mountinfo", "22 1 0:1 / / rw - zfs rpool rw\n");
	host = scan(capture);
	assert_idle(host, UART);
	host_free(host);
}

/* A tuner that records, a modem, and a VM that has a device through vDPA. */
TEST(nodes_of_rarer_classes_count_too)
{
	static const struct {
		const char *class, *path, *use;
	} table[] = {
		{ "sys/class/dvb", GPU "/dvb/dvb0.frontend0",
		  "process 4 (prog) has DVB device dvb0.frontend0 open" },
		{ "sys/class/usbmisc", GPU "/usb1/1-2/1-2:1.0/usbmisc/cdc-wdm0",
		  "process 4 (prog) has /dev/cdc-wdm0 open" },
		{ "sys/class/vhost-vdpa", GPU "/vdpa0/vhost-vdpa-0",
		  "process 4 (prog) has /dev/vhost-vdpa-0 open" },
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		const char *capture = host_with(OPENERS(
			"{'block': false, 'major': 212, 'minor': 3, 'pid': 4, 'name': 'prog'}"));
		struct host *host;

		put_nodes(capture);
		put_class(capture, table[i].class, table[i].path, "212:3");
		host = scan(capture);
		assert_use(host, GPU, USE_NODE, table[i].use);
		host_free(host);
	}
}

TEST(a_bluetooth_adapter_is_a_use_of_its_controller)
{
	const char *capture = host_with(OPENERS(""));
	struct host *host;

	put_nodes(capture);
	put_class(capture, "sys/class/bluetooth", USB "/usb1/1-2/1-2:1.0/bluetooth/hci0", NULL);
	put_class(capture, "sys/class/bluetooth", USB "/usb1/1-2/1-2:1.0/bluetooth/hci0/hci0:256",
		  NULL);
	host = scan(capture);
	assert_use(host, USB, USE_OTHER, "a Bluetooth adapter (hci0) is behind it");
	host_free(host);
}

TEST(what_is_bound_to_vfio_or_to_no_driver_is_not_asked_about)
{
	const char *capture = capture_new("");
	const char *root = files_of(capture);
	struct source *source;
	struct host *host;

	put_pci(root, GPU, "DRIVER=vfio-pci\nPCI_CLASS=30000\nPCI_ID=1002:73BF\n");
	put_pci(root, AUDIO, "PCI_CLASS=40300\nPCI_ID=1002:AB28\n");
	put_class(capture, "sys/class/drm", GPU "/drm/card1", "226:1");
	host = scan(capture);
	assert_idle(host, GPU);
	assert_idle(host, AUDIO);
	host_free(host);
	capture = host_with(OPENERS(""));
	put_nodes(capture);
	source = capture_replay(capture);
	host = scan_host(source);
	source_close(source);
	assert_int_equal(device_at(host, GPU)->uses_errno, ENODATA);
	host_free(host);
}

/* Holders */

TEST(holders_come_with_their_guest_and_unit)
{
	const char *capture = host_with(
		"{'fact': 'holders /dev/vfio', 'ret': 0, 'holders': [{'path': '/dev/vfio/1', 'pid': "
		"109, 'name': 'qemu-system-x86', 'guest': 'win10', 'unit': 'machine-1.scope'}]}\n");
	struct host *host = scan(capture);

	assert_int_equal(host->n_holders, 1);
	assert_string_equal(host->holders[0].guest, "win10");
	assert_string_equal(host->holders[0].unit, "machine-1.scope");
	host_free(host);
}

/* Domains that an endpoint hides */

static void assert_endpoint(const char *path, const char *endpoint)
{
	char *found = scan_endpoint(path);

	if (endpoint)
		assert_string_equal(found, endpoint);
	else
		assert_null(found);
	free(found);
}

TEST(an_endpoint_is_found_above_the_root_bus_of_another_domain)
{
	assert_endpoint(
		"/sys/devices/pci0000:00/0000:00:0e.0/pci10000:00/10000:00:02.0/10000:01:00.0",
		"0000:00:0e.0");
	assert_endpoint("/sys/devices/pci0000:d7/0000:d7:05.5/pci10000:00/10000:00:02.0",
			"0000:d7:05.5");
	assert_endpoint("/sys/devices/pci0000:00/0000:00:1c.0/0000:01:00.0", NULL);
	assert_endpoint("/sys/devices/LNXSYSTM:00/VMBUS:01/47505500-0001/pci4750:00/4750:00:00.0",
			NULL);
	assert_endpoint("/sys/devices/platform/soc/40000000.pcie/pci0000:00/0000:00:00.0", NULL);
	assert_endpoint("/pci", NULL);
	assert_endpoint("", NULL);
}

/* Intel VMD: the disk is the child's, and its use is that of the endpoint, which comes with it. */
TEST(a_disk_behind_an_endpoint_is_needed_as_the_endpoint_is)
{
	static const char child[] =
		"pci0000:00/0000:00:0e.0/pci10000:00/10000:00:02.0/10000:01:00.0";
	const char *capture = host_with(OPENERS(""));
	const char *root = files_of(capture);
	struct host *host;

	put_pci(root, "pci0000:00/0000:00:0e.0", "DRIVER=vmd\nPCI_CLASS=10400\nPCI_ID=8086:9A0B\n");
	put_pci(root, child, "DRIVER=nvme\nPCI_CLASS=10802\nPCI_ID=144D:A808\n");
	put_class(capture, "sys/class/block", keep(xasprintf("%s/nvme/nvme1/nvme1n1", child)),
		  "259:9");
	put_file(root, "proc/self/mountinfo", "22 1 259:9 / / rw - ext4 /dev/nvme1n1 rw\n");
	host = scan(capture);
	assert_string_equal(host_device(host, "10000:01:00.0")->endpoint, "0000:00:0e.0");
	assert_int_equal(blocks_device_need(&host->blocks, host_device(host, "0000:00:0e.0")),
			 BLOCK_ESSENTIAL);
	assert_int_equal(blocks_device_need(&host->blocks, host_device(host, "10000:01:00.0")),
			 BLOCK_ESSENTIAL);
	assert_int_equal(blocks_device_need(&host->blocks, device_at(host, NVME)), BLOCK_IDLE);
	host_free(host);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nothing_has_open_is_idle),
		cmocka_unit_test(an_open_node_is_a_use_of_its_device),
		cmocka_unit_test(of_what_shows_no_use_it_is_not_known),
		cmocka_unit_test(a_node_of_another_kind_with_that_number_is_no_use),
		cmocka_unit_test(
			without_its_class_or_all_processes_the_use_of_a_device_is_not_known),
		cmocka_unit_test(a_capture_that_was_made_before_leaves_it_unknown),
		cmocka_unit_test(what_the_kernel_uses_itself_is_a_use),
		cmocka_unit_test(nodes_of_nvidia_and_of_kfd_count_for_their_drivers),
		cmocka_unit_test(a_device_of_uio_is_used_by_who_has_its_node_open),
		cmocka_unit_test(nodes_of_rarer_classes_count_too),
		cmocka_unit_test(a_bluetooth_adapter_is_a_use_of_its_controller),
		cmocka_unit_test(what_is_bound_to_vfio_or_to_no_driver_is_not_asked_about),
		cmocka_unit_test(holders_come_with_their_guest_and_unit),
		cmocka_unit_test(an_endpoint_is_found_above_the_root_bus_of_another_domain),
		cmocka_unit_test(a_disk_behind_an_endpoint_is_needed_as_the_endpoint_is),
	};

	return UNIT_RUN("uses", tests);
}
