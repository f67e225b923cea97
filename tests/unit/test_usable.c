/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts that decide whether VFIO can use a device, and what is found from them. */
#include "facts.h"
#include "sysroot.h"

#include "base/cleanup.h"
#include "source/internal.h"

/* claims_parse() */

/* The claims in @iomem, "DEVICE=OWNER …". */
static const char *claims_in(const char *iomem)
{
	_cleanup_free_ char *copy = xstrdup(iomem);
	struct source_claims claims = { 0 };
	char *list = xstrdup("");

	claims_parse(copy, &claims);
	for (size_t i = 0; i < claims.count; i++)
		xappend(&list, "%s%s=%s", i ? " " : "", claims.claim[i].device,
			claims.claim[i].owner);
	source_claims_clear(&claims);
	return keep(list);
}

TEST(what_lies_in_a_bar_is_a_claim)
{
	assert_string_equal(claims_in("2800000000-2fffffffff : 0000:c3:00.0\n"
				      "  2800000000-2801fa3fff : BOOTFB\n"
				      "    2800000000-2801fa3fff : simpledrm\n"),
			    "0000:c3:00.0=BOOTFB 0000:c3:00.0=simpledrm");
	assert_string_equal(claims_in("e0000000-efffffff : PCI Bus 0000:01\n"
				      "  e0000000-e0ffffff : 0000:01:00.0\n"
				      "    e0000000-e02fffff : efifb\n"
				      "  e1000000-e1003fff : 0000:01:00.1\n"
				      "    e1000000-e1003fff : vfio-pci\n"),
			    "0000:01:00.0=efifb 0000:01:00.1=vfio-pci");
}

TEST(what_lies_beside_or_around_a_bar_is_none)
{
	assert_string_equal(claims_in("00000000-00000fff : Reserved\n"
				      "e0000000-efffffff : PCI Bus 0000:00\n"
				      "  e0000000-e0ffffff : 0000:00:02.0\n"
				      "  e1000000-e1003fff : pnp 00:01\n"
				      "f0000000-f00fffff : BOOTFB\n"
				      "  f0000000-f00fffff : 0000:00:03.0\n"),
			    "");
}

/* Two BARs of one device, and a device in a domain of its own (VMD). */
TEST(each_bar_and_each_domain_counts)
{
	assert_string_equal(claims_in("e0000000-e0ffffff : 0000:01:00.0\n"
				      "  e0000000-e0ffffff : vesafb\n"
				      "f0000000-f000ffff : 0000:01:00.0\n"
				      "  f0000000-f000ffff : vesafb\n"
				      "  f0000100-f00001ff : gpio\n"
				      "fe000000-fe003fff : 10000:e1:00.0\n"
				      "  fe000000-fe003fff : nvme\n"),
			    "0000:01:00.0=vesafb 0000:01:00.0=gpio 10000:e1:00.0=nvme");
}

/* The physical function holds the BARs of its virtual ones. */
TEST(a_virtual_function_claims_nothing)
{
	assert_string_equal(claims_in("e0000000-e0ffffff : 0000:01:00.0\n"
				      "  e0000000-e0003fff : 0000:01:10.0\n"
				      "    e0000000-e0003fff : vfio-pci\n"),
			    "0000:01:10.0=vfio-pci");
}

/* Without CAP_SYS_ADMIN all addresses are zero, and the tree is there anyway. */
TEST(without_addresses_the_indentation_tells)
{
	assert_string_equal(claims_in("00000000-00000000 : PCI Bus 0000:00\n"
				      "  00000000-00000000 : 0000:c3:00.0\n"
				      "    00000000-00000000 : BOOTFB\n"
				      "      00000000-00000000 : simpledrm\n"
				      "  00000000-00000000 : 0000:c3:00.1\n"
				      "00000000-00000000 : Reserved\n"),
			    "0000:c3:00.0=BOOTFB 0000:c3:00.0=simpledrm");
}

/* MAX_IORES_LEVEL was 5 up to 6.18: what is deeper is not indented any further. */
#define DEEP                                \
	"10-ff : PCI Bus 0000:00\n"         \
	"  10-ff : PCI Bus 0000:01\n"       \
	"    10-ff : PCI Bus 0000:02\n"     \
	"      10-ff : PCI Bus 0000:03\n"   \
	"        10-ff : PCI Bus 0000:04\n" \
	"          10-1f : 0000:04:00.0\n"

TEST(below_the_deepest_indentation_addresses_tell)
{
	assert_string_equal(claims_in(DEEP "          10-17 : BOOTFB\n"
					   "          10-17 : simpledrm\n"
					   "          20-2f : 0000:04:00.1\n"
					   "          30-3f : other\n"),
			    "0000:04:00.0=BOOTFB 0000:04:00.0=simpledrm");
}

TEST(a_line_that_is_none_is_left_out)
{
	assert_string_equal(claims_in(""), "");
	assert_string_equal(claims_in("10-1f : 0000:04:00.0\n"
				      "  nonsense\n"
				      "  10 : a\n"
				      "  10-1f a\n"
				      "  1f-10 : a\n"
				      "  10-1f : \n"
				      "  g0-1f : a\n"
				      "  10-1ffffffffffffffff : a\n"
				      "  10-1f :a\n"
				      "-\n"
				      "  10-1f : b\x1b[31m\n"
				      "\n"
				      "10-1f : 0000:04:00.8x\n  10-1f : c"),
			    "0000:04:00.0=b?[31m 0000:04:00.0=0000:04:00.8x 0000:04:00.0=c");
}

TEST(owners_of_one_device_are_few)
{
	char *iomem = xstrdup("0-ffffff : 0000:04:00.0\n");

	for (unsigned int i = 1; i <= 40; i++)
		xappend(&iomem, "  %x-%x : owner %u\n", i * 16, i * 16 + 1, i);
	assert_non_null(strstr(claims_in(keep(iomem)), "owner 16"));
	assert_null(strstr(claims_in(iomem), "owner 17"));
}

/* Recorded are names, and no address; a replay gives the same. */
TEST(a_capture_has_the_names_alone)
{
	const char *fact = "{'fact':'claims','ret':0,'claims':[{'device':'0000:c3:00.0',"
			   "'owner':'BOOTFB'},{'device':'0000:c3:00.1'},{'owner':'x'},7]}\n";
	struct source *source = capture_replay(capture_new(fact));
	struct source_claims claims;

	assert_int_equal(source_claims(source, &claims), 0);
	assert_int_equal(claims.count, 1);
	assert_string_equal(claims.claim[0].device, "0000:c3:00.0");
	assert_string_equal(claims.claim[0].owner, "BOOTFB");
	source_claims_clear(&claims);
	source_close(source);
}

TEST(a_capture_without_them_does_not_know)
{
	struct source *source = capture_replay(capture_new(""));
	struct source_claims claims;

	assert_int_equal(source_claims(source, &claims), -ENODATA);
	source_claims_clear(&claims);
	source_close(source);
}

/* True if @text has "e0000000-efffffff" in it, whatever the numbers are. */
static bool has_range(const char *text)
{
	for (const char *dash = strchr(text, '-'); dash; dash = strchr(dash + 1, '-')) {
		if (dash - text >= 8 && text_hex(dash - 7, 7) >= 0 && text_hex(dash + 1, 7) >= 0)
			return true;
	}
	return false;
}

/* Of this machine, whatever it has. */
TEST(no_address_is_recorded)
{
	const char *directory = path_in(directory_new(), "capture");
	_cleanup_free_ char *transcript = NULL;
	struct source_claims claims;
	struct source *source;
	size_t len = 0;
	FILE *file;

	assert_true(has_range("  fe000000-fe0fffff : BOOTFB"));
	assert_int_equal(source_open_record(&source, directory), 0);
	source_claims(source, &claims);
	source_claims_clear(&claims);
	source_close(source);
	file = fopen(path_in(directory, "transcript.jsonl"), "r");
	assert_non_null(file);
	assert_true(getdelim(&transcript, &len, EOF, file) > 0);
	fclose(file);
	assert_non_null(strstr(transcript, "\"fact\":\"claims\""));
	assert_false(has_range(transcript));
	assert_int_equal(access(path_in(directory, "files/proc/iomem"), F_OK), -1);
}

/* scan_usable() */

#define PORT  "pci0000:00/0000:00:01.0"
#define GPU   PORT "/0000:01:00.0"
#define AUDIO PORT "/0000:01:00.1"

static void put_attribute(const char *root, const char *path, const char *name, const char *text)
{
	put_file(root, keep(xasprintf("sys/devices/%s/%s", path, name)), text);
}

static const char *host_with_card(const char *driver)
{
	const char *root = directory_new();

	put_directory(root, "sys/class/vfio-dev");
	put_pci(root, PORT, "DRIVER=pcieport\nPCI_CLASS=60400\nPCI_ID=8086:1901\n");
	put_pci(root, GPU, keep(xasprintf("%sPCI_CLASS=30000\nPCI_ID=10DE:21C4\n", driver)));
	put_pci(root, AUDIO, keep(xasprintf("%sPCI_CLASS=40300\nPCI_ID=10DE:1AEB\n", driver)));
	put_in_group(root, PORT, 1);
	put_in_group(root, GPU, 2);
	put_in_group(root, AUDIO, 3);
	return root;
}

static struct host *host_in(const char *root)
{
	struct source *source = sysroot_open(root);
	struct host *host = scan_host(source);

	scan_readiness(source, host);
	source_close(source);
	return host;
}

static const struct device *gpu_of(const struct host *host)
{
	return host_device(host, "0000:01:00.0");
}

static const struct device *audio_of(const struct host *host)
{
	return host_device(host, "0000:01:00.1");
}

TEST(a_claim_is_that_of_a_bound_device)
{
	const char *root = host_with_card("DRIVER=vfio-pci\n");
	struct host *host;

	put_file(root, "proc/iomem",
		 "e0000000-efffffff : 0000:01:00.0\n"
		 "  e0000000-e07fffff : BOOTFB\n"
		 "    e0000000-e07fffff : simpledrm\n"
		 "f0000000-f0003fff : 0000:01:00.1\n"
		 "  f0000000-f0003fff : vfio-pci\n"
		 "f1000000-f1003fff : 0000:00:01.0\n"
		 "  f1000000-f1003fff : elsewhere\n");
	put_directory(root, "sys/bus/platform/drivers/simple-framebuffer");
	put_link(root, "sys/devices/platform/simple-framebuffer.0/driver",
		 "../../../bus/platform/drivers/simple-framebuffer");
	host = host_in(root);
	assert_string_equal(gpu_of(host)->bar_claim, "BOOTFB, simpledrm");
	assert_null(audio_of(host)->bar_claim);
	assert_null(host_device(host, "0000:00:01.0")->bar_claim);
	assert_int_equal(host->n_framebuffers, 1);
	assert_string_equal(host->framebuffers[0], "simple-framebuffer");
	host_free(host);
}

/* The driver that a device has now is what claims its BARs. */
TEST(a_device_of_the_host_is_claimed_by_its_driver)
{
	const char *root = host_with_card("DRIVER=nvidia\n");
	struct host *host;

	put_file(root, "proc/iomem",
		 "e0000000-efffffff : 0000:01:00.0\n"
		 "  e0000000-efffffff : nvidia\n");
	host = host_in(root);
	assert_null(gpu_of(host)->bar_claim);
	host_free(host);
}

/* Kernels from 6.9 on put the framebuffer below its PCI device; the bus lists it as ever. */
TEST(a_framebuffer_is_found_by_its_driver)
{
	const char *root = host_with_card("DRIVER=vfio-pci\n");
	struct host *host;

	put_file(root, "proc/iomem",
		 "e0000000-efffffff : 0000:01:00.0\n"
		 "  e0000000-e07fffff : efifb\n");
	put_link(root, "sys/bus/platform/drivers/efi-framebuffer/efi-framebuffer.0",
		 "../../../../devices/" GPU "/efi-framebuffer.0");
	put_directory(root, "sys/devices/" GPU "/efi-framebuffer.0");
	host = host_in(root);
	assert_int_equal(host->n_framebuffers, 1);
	assert_string_equal(host->framebuffers[0], "efi-framebuffer");
	host_free(host);
}

TEST(power_is_read_of_what_is_bound)
{
	const char *root = host_with_card("DRIVER=vfio-pci\n");
	struct host *host;

	put_attribute(root, GPU, "power_state", "D3cold\n");
	put_attribute(root, GPU, "power/runtime_status", "suspended\n");
	put_attribute(root, GPU, "d3cold_allowed", "1\n");
	put_attribute(root, AUDIO, "power_state", "D0\n");
	put_attribute(root, AUDIO, "power/runtime_status", "active\n");
	host = host_in(root);
	assert_true(device_is_cold(gpu_of(host)));
	assert_string_equal(gpu_of(host)->runtime_status, "suspended");
	assert_true(gpu_of(host)->can_be_cold);
	assert_string_equal(audio_of(host)->power_state, "D0");
	assert_false(device_is_cold(audio_of(host)));
	/* It costs a system call, and decides nothing here. */
	assert_null(audio_of(host)->runtime_status);
	host_free(host);
}

TEST(what_answers_with_ones_is_silent)
{
	const char *root = host_with_card("DRIVER=vfio-pci\n");
	unsigned char config[64];
	struct host *host;

	memset(config, 0xff, sizeof(config));
	put_bytes(root, "sys/devices/" GPU "/config", config, sizeof(config));
	/* The ids of a virtual function are ones, and its class is not. */
	config[0x0b] = 2;
	put_bytes(root, "sys/devices/" AUDIO "/config", config, sizeof(config));
	host = host_in(root);
	assert_true(gpu_of(host)->is_silent);
	assert_false(audio_of(host)->is_silent);
	host_free(host);
	put_bytes(root, "sys/devices/" GPU "/config", config, 0);
	host = host_in(root);
	assert_false(gpu_of(host)->is_silent);
	host_free(host);
}

static bool wakes(const char *state, const char *status, const char *bridge)
{
	const struct device device = { .power_state = text(state), .runtime_status = text(status) };

	return scan_reading_wakes(&device, bridge);
}

/* pci_config_pm_runtime_get() resumes a device in D3cold, and the bridge of any. */
TEST(configuration_space_is_not_read_where_that_wakes)
{
	assert_true(wakes("D3cold", NULL, NULL));
	assert_true(wakes("D3cold", "active", "D0"));
	assert_true(wakes("D3hot", NULL, "D3hot"));
	assert_true(wakes("D3hot", NULL, "D3cold"));
	/* A device without a driver is suspended in the state that it has, and its bridge goes further. */
	assert_true(wakes("unknown", NULL, "D3hot"));
	assert_true(wakes("D0", NULL, "D3hot"));
	assert_true(wakes("D0", NULL, "D3cold"));
	assert_true(wakes("D1", NULL, "D3hot"));
	assert_false(wakes("D0", NULL, "D0"));
	assert_false(wakes("D0", NULL, "unknown"));
	assert_true(wakes(NULL, "suspended", NULL));
	assert_false(wakes("D3hot", NULL, "D0"));
	assert_false(wakes("D3hot", NULL, NULL));
	assert_false(wakes("D0", NULL, NULL));
	assert_false(wakes("unknown", NULL, NULL));
	assert_false(wakes("unknown", NULL, "D0"));
	assert_false(wakes(NULL, "active", NULL));
	assert_false(wakes(NULL, NULL, NULL));
}

TEST(ways_to_reset_are_read)
{
	const char *root = host_with_card("DRIVER=vfio-pci\n");
	struct host *host;

	put_attribute(root, GPU, "reset_method", "flr bus\n");
	put_attribute(root, AUDIO, "reset_method", "");
	host = host_in(root);
	assert_string_equal(gpu_of(host)->reset_methods, "flr bus");
	assert_string_equal(audio_of(host)->reset_methods, "");
	host_free(host);
}

/* Without the file a device has no way, if the kernel shows the file of another device. */
TEST(no_file_says_something_on_a_kernel_that_has_it)
{
	const char *root = host_with_card("DRIVER=vfio-pci\n");
	struct host *host = host_in(root);

	assert_null(gpu_of(host)->reset_methods);
	assert_null(audio_of(host)->reset_methods);
	host_free(host);
	put_pci(root, "pci0000:00/0000:00:1f.6", "PCI_CLASS=20000\nPCI_ID=8086:15B8\n");
	put_attribute(root, "pci0000:00/0000:00:1f.6", "reset_method", "flr\n");
	host = host_in(root);
	assert_string_equal(gpu_of(host)->reset_methods, "");
	assert_string_equal(audio_of(host)->reset_methods, "");
	assert_null(host_device(host, "0000:00:01.0")->reset_methods);
	host_free(host);
}

TEST(an_override_is_read_where_there_is_no_driver)
{
	const char *root = host_with_card("");
	struct host *host;

	put_pci(root, "pci0000:00/0000:00:02.0",
		"DRIVER=i915\nPCI_CLASS=30000\nPCI_ID=8086:9BC8\n");
	put_in_group(root, "pci0000:00/0000:00:02.0", 4);
	put_attribute(root, GPU, "driver_override", "vfio-pci\n");
	put_attribute(root, AUDIO, "driver_override", "(null)\n");
	put_attribute(root, "pci0000:00/0000:00:02.0", "driver_override", "vfio-pci\n");
	host = host_in(root);
	assert_string_equal(gpu_of(host)->driver_override, "vfio-pci");
	assert_null(audio_of(host)->driver_override);
	assert_null(host_device(host, "0000:00:02.0")->driver_override);
	host_free(host);
}

/* scan_vfio_drivers() */

#define MDEV PORT "/0000:01:00.0/34658867-146a-4656-9fa5-890fdbc37010"
#define UUID "34658867-146a-4656-9fa5-890fdbc37010"

/* A kernel before 6.1, where @driver of the card is in @module, which uses the module @used. */
static const char *old_host(const char *driver, const char *module, const char *used)
{
	const char *root = directory_new();

	put_pci(root, GPU,
		keep(xasprintf("DRIVER=%s\nPCI_CLASS=20000\nPCI_ID=15B3:101E\n", driver)));
	put_in_group(root, GPU, 2);
	put_directory(root, "sys/module/vfio/holders");
	put_directory(root, "sys/module/vfio_pci_core/holders");
	put_link(root, keep(xasprintf("sys/bus/pci/drivers/%s/module", driver)),
		 keep(xasprintf("../../../../module/%s", module)));
	if (used)
		put_link(root, keep(xasprintf("sys/module/%s/holders/%s", used, module)),
			 keep(xasprintf("../../%s", module)));
	return root;
}

static bool is_vfio_on(const char *root, const char *address)
{
	struct source *source = sysroot_open(root);
	struct host *host = scan_host(source);
	bool is_vfio = device_is_vfio(host_device(host, address));

	host_free(host);
	source_close(source);
	return is_vfio;
}

TEST(a_driver_that_uses_vfio_is_one)
{
	assert_true(is_vfio_on(old_host("mlx5_vfio_pci", "mlx5_vfio_pci", "vfio_pci_core"),
			       "0000:01:00.0"));
	/* Whatever it is called. */
	assert_true(
		is_vfio_on(old_host("frobnicator", "frob_pass", "vfio_pci_core"), "0000:01:00.0"));
	assert_true(is_vfio_on(old_host("hisi-acc-vfio-pci", "hisi_acc_vfio_pci", "vfio_pci_core"),
			       "0000:01:00.0"));
}

TEST(a_name_alone_is_not_enough)
{
	assert_false(is_vfio_on(old_host("fake_vfio_pci", "fake_vfio_pci", NULL), "0000:01:00.0"));
	assert_false(is_vfio_on(old_host("nvidia", "nvidia", NULL), "0000:01:00.0"));
	/* It offers mediated devices, and needs the device for the host. */
	assert_false(is_vfio_on(old_host("parent", "parent", "vfio"), "0000:01:00.0"));
}

/* vfio-dev is the kernel's word from 6.1 on, and nothing else is. */
TEST(from_6_1_on_only_vfio_dev_counts)
{
	const char *root = old_host("mlx5_vfio_pci", "mlx5_vfio_pci", "vfio_pci_core");

	put_directory(root, "sys/class/vfio-dev");
	assert_false(is_vfio_on(root, "0000:01:00.0"));
}

static const char *host_with_mdev(void)
{
	const char *root = directory_new();

	put_pci(root, GPU, "DRIVER=i915\nPCI_CLASS=30000\nPCI_ID=8086:5916\n");
	put_in_group(root, GPU, 2);
	put_file(root, "sys/devices/" MDEV "/uevent", "DRIVER=vfio_mdev\nMODALIAS=mdev\n");
	put_link(root, "sys/devices/" MDEV "/subsystem", "../../../../../bus/mdev");
	put_in_group(root, MDEV, 11);
	put_directory(root, "sys/module/vfio");
	return root;
}

/* A tree without holders, or modules that are built into the kernel: the name is all there is. */
TEST(without_holders_the_name_tells)
{
	assert_true(is_vfio_on(host_with_mdev(), UUID));
	assert_false(is_vfio_on(host_with_mdev(), "0000:01:00.0"));
}

/* The bus has no other drivers; one that is built into the kernel has no holders. */
TEST(a_mediated_device_of_a_vendor_driver_is_one)
{
	const char *root = host_with_mdev();

	put_file(root, "sys/devices/" MDEV "/uevent", "DRIVER=intel_vgpu_mdev\n");
	assert_true(is_vfio_on(root, UUID));
	put_directory(root, "sys/module/vfio/holders");
	assert_true(is_vfio_on(root, UUID));
	put_file(root, "sys/devices/" MDEV "/uevent", "MODALIAS=mdev\n");
	assert_false(is_vfio_on(root, UUID));
}

/* check_family_device */

/* The commands are compared apart, with what they do. */
static const char *told_words(const struct facts *facts, const struct check_family *family,
			      const char *id)
{
	const char *line = told(facts, family, id);
	const char *commands = strstr(line, " $ ");

	return commands ? keep(xasprintf("%.*s\n", (int)(commands - line), line)) : line;
}

#define TOLD(facts, id) told_words(&(facts), &check_family_device, id)

static struct device *card_begin(struct facts *facts, const char *driver)
{
	facts_begin(facts);
	return facts_device(facts, 0, "0000:01:00.0", CLASS_DISPLAY, driver);
}

/* The commands of the finding @id, a line each: "COMMAND (repeatable)". */
static const char *commands(const struct facts *facts, const char *id)
{
	struct findings findings = { 0 };
	char *lines = xstrdup("");

	check_run(&check_family_device, &facts->input, &findings);
	for (size_t i = 0; i < findings.count; i++) {
		const struct finding *finding = &findings.finding[i];

		for (size_t n = 0; strcmp(finding->id, id) == 0 && n < finding->n_commands; n++)
			xappend(&lines, "%s%s\n", finding->commands[n].text,
				finding->commands[n].is_repeatable ? " (repeatable)" : "");
	}
	findings_clear(&findings);
	return keep(lines);
}

/* Whose option keeps the owner away. */
TEST(a_claimed_bar_is_a_failure_with_what_fits_its_owner)
{
	static const struct {
		const char *claim;
		const char *option;
		const char * not ;
	} owners[] = {
		{ "BOOTFB, simpledrm", "boot with initcall_blacklist=sysfb_init (", "efifb" },
		{ "BOOTFB", "boot with initcall_blacklist=sysfb_init (", "efifb" },
		{ "simplefb", "boot with initcall_blacklist=sysfb_init (", "efifb" },
		{ "efidrm", "boot with initcall_blacklist=sysfb_init (", "efifb" },
		{ "efifb", "boot with video=efifb:off (", "sysfb_init" },
		{ "vesafb", "boot with initcall_blacklist=sysfb_init (", "vesafb:off" },
		{ "nvme", "stop what claims the memory, then start the guest: nvme", "boot" },
	};

	for (size_t i = 0; i < COUNT(owners); i++) {
		struct facts facts;
		struct device *card = card_begin(&facts, "vfio-pci");
		const char *line;

		card->bar_claim = text(owners[i].claim);
		line = TOLD(facts, "bar-claimed");
		assert_ptr_equal(strstr(line,
					"failure group 10: 0000:01:00.0: vfio-pci cannot claim a "
					"BAR that is claimed by "),
				 line);
		assert_non_null(strstr(line, owners[i].claim));
		assert_non_null(strstr(line, owners[i].option));
		assert_null(strstr(line, owners[i].not ));
		assert_string_equal(commands(&facts, "bar-claimed"), "");
	}
}

TEST(without_a_claim_there_is_none)
{
	struct facts facts;

	card_begin(&facts, "vfio-pci");
	assert_string_equal(TOLD(facts, "bar-claimed"), "");
}

/* The option is there, and does nothing about the driver that this kernel uses. */
TEST(an_option_that_concerns_another_driver_is_named)
{
	struct facts facts;
	struct device *card = card_begin(&facts, "vfio-pci");

	card->bar_claim = text("BOOTFB, simpledrm");
	facts.host.cmdline = text("quiet video=efifb:off iommu=pt");
	assert_non_null(strstr(TOLD(facts, "bar-claimed"), "video=efifb:off, with which"));
	facts.host.cmdline = text("quiet video=efifb:offline iommu=pt");
	assert_null(strstr(TOLD(facts, "bar-claimed"), "with which"));
	facts.host.cmdline = text("video=efifb:off");
	card->bar_claim = text("efifb");
	assert_null(strstr(TOLD(facts, "bar-claimed"), "with which"));
}

TEST(only_the_driver_that_is_bound_is_unbound)
{
	char *framebuffers[] = { text("efi-framebuffer"), text("simple-framebuffer") };
	struct facts facts;
	struct device *card = card_begin(&facts, "vfio-pci");

	facts.host.framebuffers = framebuffers;
	facts.host.n_framebuffers = 2;
	card->bar_claim = text("BOOTFB, simpledrm");
	assert_string_equal(commands(&facts, "bar-claimed"),
			    "echo simple-framebuffer.0 | sudo tee "
			    "/sys/bus/platform/drivers/simple-framebuffer/unbind\n");
	assert_non_null(strstr(TOLD(facts, "bar-claimed"), "or unbind the framebuffer driver"));
	card->bar_claim = text("efifb");
	assert_string_equal(commands(&facts, "bar-claimed"),
			    "echo efi-framebuffer.0 | sudo tee "
			    "/sys/bus/platform/drivers/efi-framebuffer/unbind\n");
	/* Its memory stays until the platform device goes, whatever its driver does. */
	card->bar_claim = text("BOOTFB");
	assert_string_equal(commands(&facts, "bar-claimed"), "");
	assert_null(strstr(TOLD(facts, "bar-claimed"), "unbind"));
	facts.host.n_framebuffers = 1;
	card->bar_claim = text("simpledrm");
	assert_string_equal(commands(&facts, "bar-claimed"), "");
}

TEST(a_device_that_sleeps_is_no_failure)
{
	struct facts facts;
	struct device *card = card_begin(&facts, "vfio-pci");

	card->power_state = text("D3cold");
	card->runtime_status = text("suspended");
	assert_string_equal(TOLD(facts, "device-inaccessible"), "");
	assert_non_null(strstr(TOLD(facts, "device-in-d3cold"),
			       "note group 10: 0000:01:00.0 is in D3cold"));
	/* In 5.10 vfio-pci stops at D3hot: another one has left it so. */
	facts.host.release = text("5.10.0-40-amd64");
	assert_null(strstr(TOLD(facts, "device-in-d3cold"), "vfio-pci leaves"));
	facts.host.release = text("6.1.0-50-amd64");
	assert_non_null(strstr(TOLD(facts, "device-in-d3cold"), "as vfio-pci leaves a device"));
	card->power_state = text("D3hot");
	assert_string_equal(TOLD(facts, "device-in-d3cold"), "");
	/* A driver of the host knows what it does. */
	card->power_state = text("D3cold");
	card->driver = text("nouveau");
	assert_string_equal(TOLD(facts, "device-in-d3cold"), "");
}

TEST(a_device_that_does_not_come_back_is_one)
{
	static const char *const stuck[] = { "active", "error" };

	for (size_t i = 0; i < COUNT(stuck); i++) {
		struct facts facts;
		struct device *card = card_begin(&facts, "vfio-pci");

		card->power_state = text("D3cold");
		card->runtime_status = text(stuck[i]);
		card->can_be_cold = true;
		assert_string_equal(
			TOLD(facts, "device-inaccessible"),
			"failure group 10: 0000:01:00.0 is inaccessible: it did not come back from "
			"D3cold | power cycle the host (a reboot may not help), then keep the "
			"device out of D3cold: boot with "
			"vfio-pci.disable_idle_d3=1\n");
		assert_string_equal(commands(&facts, "device-inaccessible"),
				    "echo 0 | sudo tee "
				    "/sys/bus/pci/devices/0000:01:00.0/d3cold_allowed "
				    "(repeatable)\n");
		assert_string_equal(TOLD(facts, "device-in-d3cold"), "");
		card->can_be_cold = false;
		assert_string_equal(commands(&facts, "device-inaccessible"), "");
	}
}

TEST(a_silent_device_is_inaccessible_in_any_state)
{
	struct facts facts;
	struct device *card = card_begin(&facts, "vfio-pci");

	card->is_silent = true;
	card->reset_methods = text("");
	assert_string_equal(
		TOLD(facts, "device-inaccessible"),
		"failure group 10: 0000:01:00.0 is inaccessible: its configuration "
		"space reads as all ones | power cycle the host (a reboot may not help); "
		"if that does not help, reseat the card\n");
	/* One cause, one finding. */
	assert_string_equal(TOLD(facts, "no-reset-method"), "");
	card->power_state = text("D3cold");
	card->runtime_status = text("suspended");
	assert_non_null(strstr(TOLD(facts, "device-inaccessible"),
			       "reads as all ones, and it did not come back from D3cold |"));
	assert_string_equal(TOLD(facts, "device-in-d3cold"), "");
}

TEST(a_bound_device_without_a_reset_gets_a_warning)
{
	struct facts facts;
	struct device *card = card_begin(&facts, "vfio-pci");
	struct device *audio = facts_device(&facts, 0, "0000:01:00.1", 0x040300, "vfio-pci");

	assert_string_equal(TOLD(facts, "no-reset-method"), "");
	card->reset_methods = text("bus");
	audio->reset_methods = text("");
	assert_non_null(strstr(TOLD(facts, "no-reset-method"),
			       "warning group 10: 0000:01:00.1 cannot be reset by itself: "));
	card->reset_methods = text("");
	assert_non_null(strstr(TOLD(facts, "no-reset-method"),
			       "0000:01:00.0, 0000:01:00.1 cannot be reset by themselves: "));
	audio->driver = text("snd_hda_intel");
	card->driver = text("nouveau");
	assert_string_equal(TOLD(facts, "no-reset-method"), "");
}

TEST(an_override_without_a_driver_is_explained)
{
	struct module modules[] = { { .name = text("vfio_pci"), .available = true } };
	struct facts facts;
	struct device *card = card_begin(&facts, NULL);

	facts.host.modules = modules;
	facts.host.n_modules = 1;
	assert_string_equal(TOLD(facts, "override-without-driver"), "");
	card->driver_override = text("nvme");
	assert_string_equal(TOLD(facts, "override-without-driver"), "");
	card->driver_override = text("vfio-pci");
	assert_string_equal(TOLD(facts, "override-without-driver"),
			    "failure group 10: 0000:01:00.0 has no driver, although "
			    "driver_override is vfio-pci: the module is not loaded | load the "
			    "module\n");
	assert_string_equal(commands(&facts, "override-without-driver"),
			    "sudo modprobe vfio-pci (repeatable)\n"
			    "echo 0000:01:00.0 | sudo tee /sys/bus/pci/drivers_probe "
			    "(repeatable)\n");
	/* One cause, one finding. */
	assert_string_equal(told_words(&facts, &check_family_groups, "group-not-bound"), "");
	modules[0].loaded = true;
	assert_non_null(strstr(TOLD(facts, "override-without-driver"),
			       "the driver refused the device | look for the reason in the kernel "
			       "log"));
	assert_string_equal(commands(&facts, "override-without-driver"),
			    "sudo dmesg | grep -F 0000:01:00.0 (repeatable)\n");
	/* A group that nobody asked about: the wish is the host's. */
	facts.input.n_groups = 0;
	assert_non_null(
		strstr(TOLD(facts, "override-without-driver"), "warning host: 0000:01:00.0"));
	card->driver = text("vfio-pci");
	assert_string_equal(TOLD(facts, "override-without-driver"), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_lies_in_a_bar_is_a_claim),
		cmocka_unit_test(what_lies_beside_or_around_a_bar_is_none),
		cmocka_unit_test(each_bar_and_each_domain_counts),
		cmocka_unit_test(a_virtual_function_claims_nothing),
		cmocka_unit_test(without_addresses_the_indentation_tells),
		cmocka_unit_test(below_the_deepest_indentation_addresses_tell),
		cmocka_unit_test(a_line_that_is_none_is_left_out),
		cmocka_unit_test(owners_of_one_device_are_few),
		cmocka_unit_test(a_capture_has_the_names_alone),
		cmocka_unit_test(a_capture_without_them_does_not_know),
		cmocka_unit_test(no_address_is_recorded),
		cmocka_unit_test(a_claim_is_that_of_a_bound_device),
		cmocka_unit_test(a_device_of_the_host_is_claimed_by_its_driver),
		cmocka_unit_test(a_framebuffer_is_found_by_its_driver),
		cmocka_unit_test(power_is_read_of_what_is_bound),
		cmocka_unit_test(what_answers_with_ones_is_silent),
		cmocka_unit_test(configuration_space_is_not_read_where_that_wakes),
		cmocka_unit_test(ways_to_reset_are_read),
		cmocka_unit_test(no_file_says_something_on_a_kernel_that_has_it),
		cmocka_unit_test(an_override_is_read_where_there_is_no_driver),
		cmocka_unit_test(a_driver_that_uses_vfio_is_one),
		cmocka_unit_test(a_name_alone_is_not_enough),
		cmocka_unit_test(from_6_1_on_only_vfio_dev_counts),
		cmocka_unit_test(without_holders_the_name_tells),
		cmocka_unit_test(a_mediated_device_of_a_vendor_driver_is_one),
		cmocka_unit_test(a_claimed_bar_is_a_failure_with_what_fits_its_owner),
		cmocka_unit_test(without_a_claim_there_is_none),
		cmocka_unit_test(an_option_that_concerns_another_driver_is_named),
		cmocka_unit_test(only_the_driver_that_is_bound_is_unbound),
		cmocka_unit_test(a_device_that_sleeps_is_no_failure),
		cmocka_unit_test(a_device_that_does_not_come_back_is_one),
		cmocka_unit_test(a_silent_device_is_inaccessible_in_any_state),
		cmocka_unit_test(a_bound_device_without_a_reset_gets_a_warning),
		cmocka_unit_test(an_override_without_a_driver_is_explained),
	};

	return UNIT_RUN("usable", tests);
}
