/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "base/alloc.h"
#include "capture/redact.h"

/** struct text - what stands there, and what stands there afterwards; NULL for nothing. */
struct text {
	const char *before;
	const char *after;
};

static void check_equal(const char *text, const char *expected)
{
	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
}

/* What is kept of files of that kind, each by a redactor of its own. */
static void check_contents(enum content content, const struct text *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct redactor *redactor = redactor_new();
		size_t len = strlen(texts[i].before);
		char *kept = redactor_content(redactor, content, texts[i].before, &len);

		check_equal(kept, texts[i].after);
		assert_int_equal(len, kept ? strlen(kept) : 0);
		free(kept);
		redactor_free(redactor);
	}
}

#define CHECK_CONTENTS(content, texts) check_contents(content, texts, COUNT(texts))

TEST(shapes)
{
	static const struct {
		const char *shape;
		const char *text;
		bool matches;
	} cases[] = {
		{ "eth#", "eth0", true },
		{ "eth#", "eth12345", true },
		{ "eth#", "eth123456", false },
		{ "eth#", "eth", false },
		{ "eth#", "eth0x", false },
		{ "en[P#]p#s#[f#]", "enp3s0", true },
		{ "en[P#]p#s#[f#]", "enP1p3s0f1", true },
		{ "en[P#]p#s#[f#]", "enx525400abcdef", false },
		{ "0x$", "0x00000000fee00000", true },
		{ "0x$", "0x00000000fee000000", false },
		{ "0x$", "0xFEE", false },
		{ "????:??:??.?", "0000:0A:1f.7", true },
		{ "????:??:??.?", "0000:0g:1f.7", false },
		{ "sd~[~]", "sda", true },
		{ "sd~[~]", "sdab", true },
		{ "sd~[~]", "sdA", false },
		{ "&:&", "4294967295:0", true },
		{ "", "", true },
		{ "", "x", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(shape_matches(cases[i].shape, cases[i].text), cases[i].matches);
}

TEST(a_name_has_one_stand_in)
{
	struct redactor *redactor = redactor_new();

	for (enum name_kind kind = 0; kind < NAME_KINDS; kind++) {
		const char *one = redactor_name(redactor, kind, "qzvxkwjq one");
		const char *two = redactor_name(redactor, kind, "qzvxkwjq two");

		assert_string_not_equal(one, two);
		assert_ptr_equal(redactor_name(redactor, kind, "qzvxkwjq one"), one);
		assert_ptr_equal(redactor_name(redactor, kind, "qzvxkwjq two"), two);
	}
	redactor_free(redactor);
}

/* Else a name that looks like one would be kept, and be taken for what another one stands for. */
TEST(no_stand_in_is_a_harmless_name)
{
	struct redactor *redactor = redactor_new();

	for (enum name_kind kind = 0; kind < NAME_KINDS; kind++) {
		for (unsigned int i = 0; i < 1000; i++) {
			char *name = xasprintf("qzvxkwjq %u", i);
			char *stand_in = xstrdup(redactor_name(redactor, kind, name));

			assert_string_not_equal(redactor_name(redactor, kind, stand_in), stand_in);
			free(stand_in);
			free(name);
		}
	}
	redactor_free(redactor);
}

TEST(a_host_that_is_called_like_a_stand_in_has_another)
{
	struct redactor *redactor = redactor_new();

	assert_string_equal(redactor_name(redactor, NAME_HOST, "host-1"), "host-2");
	assert_string_equal(redactor_name(redactor, NAME_HOST, "host-2"), "host-3");
	assert_string_equal(redactor_name(redactor, NAME_HOST, "host-1"), "host-2");
	assert_string_equal(redactor_name(redactor, NAME_HOST, "web7"), "host-4");
	redactor_free(redactor);
}

TEST(a_unit_stays_of_its_kind)
{
	struct redactor *redactor = redactor_new();

	assert_string_equal(redactor_name(redactor, NAME_UNIT, "alice.service"), "unit-1.service");
	assert_string_equal(redactor_name(redactor, NAME_UNIT, "alice.scope"), "unit-2.scope");
	assert_string_equal(redactor_name(redactor, NAME_UNIT, "alice.bob"), "unit-3.service");
	assert_string_equal(redactor_name(redactor, NAME_UNIT, "unit-4.socket"), "unit-5.socket");
	assert_string_equal(redactor_name(redactor, NAME_UNIT, "alice"), "unit-6.service");
	redactor_free(redactor);
}

TEST(names_that_are_no_text_stay_apart)
{
	struct redactor *redactor = redactor_new();

	assert_string_equal(redactor_name(redactor, NAME_INTERFACE, "a\xff"), "interface-1");
	assert_string_equal(redactor_name(redactor, NAME_INTERFACE, "a\xfe"), "interface-2");
	redactor_free(redactor);
}

TEST(harmless_names_stay)
{
	static const struct {
		enum name_kind kind;
		const char *names[8];
	} cases[] = {
		{ NAME_HOST, { "localhost", "(none)", "" } },
		{ NAME_USER, { "root", "kvm", "libvirt-qemu" } },
		{ NAME_INTERFACE, { "lo", "eth0", "enp3s0f1np1", "eno1", "bond0", "virbr0" } },
		{ NAME_DISK, { "sda", "sdab12", "nvme0n1p2", "dm-0", "md127", "vda1" } },
		{ NAME_DEVICE,
		  { "0000:00:1f.2", "10000:e1:00.0", "pci0000:00", "smmu3.0x0000000009050000" } },
		{ NAME_DRIVER, { "vfio-pci", "nvme", "mlx5_core", "(null)" } },
		{ NAME_MOUNT, { "/", "/boot/efi", "/home" } },
	};
	struct redactor *redactor = redactor_new();

	for (size_t i = 0; i < COUNT(cases); i++) {
		for (size_t n = 0; n < 8 && cases[i].names[n]; n++)
			assert_string_equal(
				redactor_name(redactor, cases[i].kind, cases[i].names[n]),
				cases[i].names[n]);
	}
	redactor_free(redactor);
}

TEST(addresses)
{
	static const struct text texts[] = {
		{ "10.1.2.3", "198.18.0.1" },
		{ "fe80::1", "2001:db8::1" },
		{ "127.0.0.1", "127.0.0.1" },
		{ "0:0:0:0:0:0:0:1", "::1" },
		{ "10.1.2.3/24", NULL },
		{ "web7", NULL },
		{ "", NULL },
	};
	struct redactor *redactor = redactor_new();

	for (size_t i = 0; i < COUNT(texts); i++)
		check_equal(redactor_address(redactor, texts[i].before), texts[i].after);
	/* One address in two ways of writing. */
	assert_string_equal(redactor_address(redactor, "FE80:0::1"), "2001:db8::1");
	redactor_free(redactor);
}

TEST(command_lines)
{
	static const struct text texts[] = {
		{ "root=UUID=1234-ABCD quiet\n", "root=redacted quiet\n" },
		{ "root= ro  iommu=pt", "root= ro  iommu=pt" },
		{ "console=ttyS0,115200n8 console=http://x",
		  "console=ttyS0,115200n8 console=redacted" },
		{ "vfio-pci.ids=10de:1b80,10de:10f0 isolcpus=managed_irq,1-3 hugepages=16",
		  "vfio-pci.ids=10de:1b80,10de:10f0 isolcpus=managed_irq,1-3 hugepages=16" },
		{ "vfio-pci.ids=10de:1b80,web7", "vfio-pci.ids=10de:1b80,redacted" },
		{ "module_blacklist=nouveau,acme,nvidia",
		  "module_blacklist=nouveau,redacted,nvidia" },
		{ "ks=http://user:pass@web7/x domain=corp.example", "ks=redacted domain=redacted" },
		{ "systemd.set_credential=a:b", "systemd.set_credential=redacted" },
		{ "acme.token=x acme alice@web7", "redacted redacted redacted" },
		{ "quiet -- secret ro", "quiet redacted" },
		{ "root=\"a b quiet\" quiet", "root=redacted quiet" },
		{ "\"root=a b\" quiet", "root=redacted quiet" },
		{ "quiet\xa0root=x", "quiet root=redacted" },
		{ "crashkernel=1G-4G:192M,4G-:256M video=efifb:off",
		  "crashkernel=1G-4G:192M,4G-:256M video=efifb:off" },
		{ "panic=52:54:00:12:34:56 panic=10.1.2.3 pci=fd9b:a5c1::1",
		  "panic=redacted panic=redacted pci=redacted" },
		{ "rd.driver.pre=vfio-pci kvm.ignore_msrs=1 pcie_acs_override=downstream,multifunction",
		  "rd.driver.pre=vfio-pci kvm.ignore_msrs=1 pcie_acs_override=downstream,multifunction" },
		{ "", "" },
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct redactor *redactor = redactor_new();
		char *kept = redactor_cmdline(redactor, texts[i].before);

		assert_string_equal(kept, texts[i].after);
		free(kept);
		redactor_free(redactor);
	}
}

TEST(releases_and_builds)
{
	static const struct text releases[] = {
		{ "6.1.0-56-amd64\n", "6.1.0-56-amd64\n" },
		{ "6.12.117+deb13-arm64-16k", "6.12.117+deb13-arm64-16k\n" },
		{ "5.3.18-150300.59.106.1-default", "5.3.18-150300.59.106.1-default\n" },
		{ "5.14.0-362.8.1.el9_3.x86_64", "5.14.0-362.8.1.el9_3.x86_64\n" },
		{ "6.9.3-web7", "6.9.3-local\n" },
		{ "web7", "redacted\n" },
		{ "6.1.0-10.1.2.3", "6.1.0-local\n" },
		{ "6.1.0-ip-10-1-2-3", "6.1.0-local-local-local-local-local\n" },
		{ "6.1.0-10_1_2_3-amd64", "6.1.0-local_local_local_local-amd64\n" },
	};
	static const struct text builds[] = {
		{ "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)\n",
		  "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)\n" },
		{ "#1 SMP PREEMPT_DYNAMIC Debian 7.3.4-1~bpo13+1 (2026-11-15)",
		  "#1 SMP PREEMPT_DYNAMIC Debian 7.3.4-1~bpo13+1 (2026-11-15)\n" },
		{ "#53~22.04.1-Ubuntu SMP Wed Jan 10 12:00:00 UTC 2026",
		  "#53~22.04.1-Ubuntu SMP Wed Jan 10 12:00:00 UTC 2026\n" },
		{ "#1 SMP alice@web7 10.1.2.3 525400abcdef", "#1 SMP\n" },
		{ "#1 SMP 10-1-2-3 52-54-00-12-34-56", "#1 SMP\n" },
		{ "#1 SMP 52:54:00:12:34:56 2001:4860:0:0:0:0:0:8844 12:00:00",
		  "#1 SMP 12:00:00\n" },
	};

	CHECK_CONTENTS(CONTENT_RELEASE, releases);
	CHECK_CONTENTS(CONTENT_BUILD, builds);
}

TEST(mounts_and_swaps)
{
	static const struct text mounts[] = {
		{ "36 35 98:0 /alice / rw,noatime master:1 - ext3 /dev/sda1 rw,data=x\n",
		  "36 35 98:0 / / rw - ext3 /dev/sda1 rw\n" },
		{ "91 26 0:49 / /media/alice rw - cifs //nas/x rw,username=alice\n",
		  "91 26 0:49 / /mount-1 rw - cifs none rw\n" },
		{ "91 26 0:49 / /a\\040b rw shared:1 - fuse.sshfs alice@web7:/x rw\n"
		  "92 26 254:0 / /srv rw - btrfs /dev/mapper/vg-web7 rw\n",
		  "91 26 0:49 / /mount-1 rw - fuse none rw\n"
		  "92 26 254:0 / /srv rw - btrfs /dev/mapper/volume-1 rw\n" },
		{ "alice bob carol / /x y - acmefs z rw\n",
		  "0 0 0:0 / /mount-1 rw - other none rw\n" },
		{ "22 1 8:1 / / rw - xfs /dev/sda1 "
		  "rw,logdev=/dev/sdb,rtdev=/dev/mapper/pay-roll,device=/dev/disk/by-id/CZC8,user=x,"
		  "logdev=secret\n",
		  "22 1 8:1 / / rw - xfs /dev/sda1 "
		  "rw,logdev=/dev/sdb,rtdev=/dev/mapper/volume-1,device=/dev/disk-1\n" },
		{ "no mount\n", "" },
	};
	static const struct text swaps[] = {
		{ "/dev/dm-1 partition 8388604 0 -2\n/home/alice/swap file 1 2 secret\n",
		  "/dev/dm-1\tpartition\t8388604\t0\t-2\nnone\tfile\t1\t2\t0\n" },
	};

	CHECK_CONTENTS(CONTENT_MOUNTS, mounts);
	CHECK_CONTENTS(CONTENT_SWAPS, swaps);
}

TEST(limits)
{
	static const struct text texts[] = {
		{ "# alice\n@vmusers hard memlock unlimited # bob\n* - nofile 1\nroot soft MEMLOCK 64x\n",
		  "@user-1 hard memlock unlimited\nroot soft memlock 64\n" },
		{ "alice -\nbob hard\n1000:2000 - memlock -1\n%grp - memlock secret\n",
		  "user-1 -\n1000:2000 - memlock unlimited\n%user-2 - memlock redacted\n" },
		{ "* soft memlock 18446744073709551615\n* hard memlock 314159265358979323846\n",
		  "* soft memlock 18446744073709551615\n* hard memlock unlimited\n" },
	};

	CHECK_CONTENTS(CONTENT_LIMITS, texts);
}

TEST(other_files)
{
	static const struct text uevents[] = {
		{ "DRIVER=acme\nPCI_CLASS=60100\nPCI_ID=8086:2918\nSECRET=x\nPCI_SLOT_NAME=0000:00:1f.0\n",
		  "DRIVER=driver-1\nPCI_CLASS=60100\nPCI_ID=8086:2918\nPCI_SLOT_NAME=0000:00:1f.0\n" },
		{ "PCI_ID=alice\nnone\n", "" },
	};
	static const struct text regions[] = {
		{ "0x0000000000000000 0x0000000000ffffff direct\n",
		  "0x0000000000000000 0x0000000000ffffff direct\n" },
		{ "0x0 0x1 alice\n", "0x0 0x1 redacted\n" },
		/* A region that is left out would be room. */
		{ "0x0 0x1 msi\nalice\n", NULL },
	};
	static const struct text numbers[] = {
		{ "-1\n", "-1\n" }, { "N\n", "N\n" },		{ "max\n", "max\n" },
		{ "0x10\n", NULL }, { "525400abcdef\n", NULL }, { "1\n2\n", NULL },
	};
	static const struct text cgroups[] = {
		{ "0::/system.slice/web7.service\n4:memory:/../x\n3:cpu:/y\nz\n",
		  "0::/system.slice/cgroup-1\n4:memory:/../cgroup-2\n" },
	};
	static const struct text counters[] = {
		{ "MemFree:   12 kB\nSecret: 1 kB\nCapEff:\t000001ffffffffff\nVmLck: 525400abcdef kB\n",
		  "MemFree: 12 kB\nCapEff: 000001ffffffffff\nVmLck: kB\n" },
	};
	static const struct text products[] = {
		{ "Standard PC (Q35 + ICH9, 2009)\n", "Standard PC (Q35 + ICH9, 2009)\n" },
		{ "PowerEdge R740 of web7\n", "PowerEdge R740\n" },
		{ "web7\n", "redacted\n" },
	};

	CHECK_CONTENTS(CONTENT_UEVENT, uevents);
	CHECK_CONTENTS(CONTENT_REGIONS, regions);
	CHECK_CONTENTS(CONTENT_NUMBER, numbers);
	CHECK_CONTENTS(CONTENT_CGROUPS, cgroups);
	CHECK_CONTENTS(CONTENT_COUNTERS, counters);
	CHECK_CONTENTS(CONTENT_PRODUCT, products);
}

TEST(paths_and_targets)
{
	static const struct text paths[] = {
		{ "/sys/bus/pci/devices/0000:00:04.0", "/sys/bus/pci/devices/0000:00:04.0" },
		{ "/sys/class/net/enx525400abcdef", "/sys/class/net/interface-1" },
		{ "/sys/devices/pci0000:00/0000:00:04.0/net/web7",
		  "/sys/devices/pci0000:00/0000:00:04.0/net/interface-1" },
		{ "/sys/devices/pci0000:00/web7/uevent",
		  "/sys/devices/pci0000:00/device-1/uevent" },
		{ "/sys/devices/virtual/block/dm-0/dm/uuid", NULL },
		{ "/dev/vfio/1", "/dev/vfio/1" },
		{ "/dev/vfio/web7", "/dev/vfio/node-1" },
		{ "/etc/systemd/system/web7.service", NULL },
		{ "/home/alice", NULL },
		{ "/proc/109/status", "/proc/109/status" },
		{ "/proc/alice/status", NULL },
		{ "/sys//class", NULL },
		{ "sys/class", NULL },
		{ "/", "/" },
		{ "", NULL },
	};
	static const struct {
		const char *directory;
		const char *target;
		const char *after;
	} targets[] = {
		{ "sys/class/net", "../../devices/virtual/net/lo", "../../devices/virtual/net/lo" },
		{ "sys/class/net", "../../devices/pci0000:00/0000:00:04.0/net/web7",
		  "../../devices/pci0000:00/0000:00:04.0/net/interface-1" },
		{ "sys/kernel/iommu_groups/1/devices",
		  "../../../../devices/pci0000:00/0000:00:04.0",
		  "../../../../devices/pci0000:00/0000:00:04.0" },
		{ "sys/devices/pci0000:00/web7", "./x/../../0000:00:04.0",
		  "../../pci0000:00/0000:00:04.0" },
		{ "sys/class/net", "/sys/devices/web7", "/sys/devices/device-1" },
		{ "sys/class/net", "../../../../../etc/passwd", NULL },
		{ "sys/class/net", "../../../home/alice", NULL },
		{ "sys/class/net", "", "" },
	};

	for (size_t i = 0; i < COUNT(paths); i++) {
		struct redactor *redactor = redactor_new();
		char *path = redactor_path(redactor, paths[i].before);

		check_equal(path, paths[i].after);
		free(path);
		redactor_free(redactor);
	}
	for (size_t i = 0; i < COUNT(targets); i++) {
		struct redactor *redactor = redactor_new();
		char *target = redactor_target(redactor, targets[i].directory, targets[i].target);

		check_equal(target, targets[i].after);
		free(target);
		redactor_free(redactor);
	}
}

static bool is_intel(void *context, const char *ids, const char *key, const char *name)
{
	assert_null(context);
	return strcmp(ids, "8086:2918 060100") == 0 && strcmp(key, "vendor") == 0 &&
	       strcmp(name, "Intel Corporation") == 0;
}

TEST(lines)
{
	static const struct text texts[] = {
		{ "{\"vfiodiag-capture\":1,\"tool\":\"0.1.0\",\"recorded\":\"2026-11-22T07:30:25Z\",\"by\":\"alice\"}",
		  "{\"vfiodiag-capture\":1,\"tool\":\"0.1.0\",\"recorded\":\"2026-11-22T07:30:25Z\"}" },
		{ "{\"fact\":\"later\",\"ret\":0}", NULL },
		{ "{\"fact\":\"node /dev/vfio/1\",\"ret\":0,\"mode\":\"0600\",\"owner\":\"alice\",\"later\":1}",
		  "{\"fact\":\"node /dev/vfio/1\",\"ret\":0,\"mode\":\"0600\",\"owner\":\"user-1\"}" },
		/* A field that holds something else makes the answer another one. */
		{ "{\"fact\":\"node /dev/vfio/1\",\"ret\":\"alice\"}", NULL },
		{ "{\"fact\":\"user alice\",\"ret\":0,\"name\":\"alice\",\"groups\":[{\"gid\":1,\"name\":\"staff\"}]}",
		  "{\"fact\":\"user user-1\",\"ret\":0,\"name\":\"user-1\",\"groups\":[{\"gid\":1,\"name\":\"user-2\"}]}" },
		{ "{\"fact\":\"read /home/alice\",\"errno\":\"EACCES\"}", NULL },
		{ "{\"fact\":\"read /proc/cmdline\",\"errno\":\"EALICE\"}",
		  "{\"fact\":\"read /proc/cmdline\",\"errno\":\"EIO\"}" },
		{ "{\"fact\":\"pci 8086:2918 060100\",\"vendor\":\"Intel Corporation\",\"device\":\"alice\"}",
		  "{\"fact\":\"pci 8086:2918 060100\",\"vendor\":\"Intel Corporation\"}" },
		{ "{\"fact\":\"netlink links\",\"ret\":0,\"messages\":[{\"index\":2,\"name\":\"web7\",\"alias\":\"x\"}]}",
		  "{\"fact\":\"netlink links\",\"ret\":0,\"messages\":[{\"index\":2,\"name\":\"interface-1\"}]}" },
		{ "{\"fact\":\"netlink addresses\",\"ret\":0,\"messages\":[{\"local\":\"alice\"}]}",
		  NULL },
		{ "{\"comment\":\"alice\"}", NULL },
		{ "{\"section\":\"probe 1 auto\",\"by\":\"alice\"}",
		  "{\"section\":\"probe 1 auto\"}" },
		{ "{\"section\":\"probe 1 alice\"}", NULL },
		{ "{\"call\":\"ioctl\",\"request\":\"VFIO_IOMMU_MAP_DMA\",\"on\":\"/dev/vfio/vfio\",\"in\":{\"iova\":\"0x0\",\"alice\":1},\"ret\":0}",
		  "{\"call\":\"ioctl\",\"request\":\"VFIO_IOMMU_MAP_DMA\",\"on\":\"/dev/vfio/vfio\",\"in\":{\"iova\":\"0x0\"},\"ret\":0}" },
		{ "{\"call\":\"ioctl\",\"tail\":[\"24 u16 id 0x2\"]}",
		  "{\"call\":\"ioctl\",\"tail\":[\"24 u16 id 0x2\"]}" },
		{ "{\"call\":\"ioctl\",\"tail\":[\"24 u16 alice 0x2\"]}", NULL },
		{ "{\"call\":\"frames\",\"count\":1,\"ret\":0,\"frames\":[\"0x1+1\"]}",
		  "{\"call\":\"frames\",\"count\":1,\"ret\":0,\"frames\":[\"0x1+1\"]}" },
		{ "{\"call\":\"later\"}", NULL },
	};
	static const struct public_names names = { .is_public = is_intel };

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct redactor *redactor = redactor_new();
		json_t *line = json_loads(texts[i].before, 0, NULL);
		json_t *kept = redactor_line(redactor, line, &names);
		char *text = kept ? json_dumps(kept, JSON_COMPACT) : NULL;

		check_equal(text, texts[i].after);
		free(text);
		json_decref(kept);
		json_decref(line);
		redactor_free(redactor);
	}
}

TEST(without_a_database_no_name_of_a_device_stays)
{
	struct redactor *redactor = redactor_new();
	json_t *line = json_loads("{\"fact\":\"pci 8086:2918 060100\",\"class\":\"ISA bridge\"}", 0,
				  NULL);
	json_t *kept = redactor_line(redactor, line, NULL);

	assert_int_equal(json_object_size(kept), 1);
	json_decref(kept);
	json_decref(line);
	redactor_free(redactor);
}

/* The files of limits.d are read in the order of their names, of both directories together. */
TEST(files_of_limits_stay_in_order)
{
	static const char *const paths[] = { "/etc/security/limits.d/b.conf",
					     "/usr/etc/security/limits.d/a.conf",
					     "/etc/security/limits.d/c.conf" };
	struct capture *capture = capture_make();
	struct tree_node *node;

	for (size_t i = 0; i < COUNT(paths); i++)
		assert_int_equal(tree_add(capture->files, paths[i], TREE_FILE, &node), 0);
	capture->transcript = xstrdup("");
	capture_redact(capture, NULL);
	assert_int_equal(tree_find(capture->files, capture->files,
				   "/usr/etc/security/limits.d/limits-000001.conf", false, &node),
			 0);
	assert_int_equal(tree_find(capture->files, capture->files,
				   "/etc/security/limits.d/limits-000002.conf", false, &node),
			 0);
	assert_int_equal(tree_find(capture->files, capture->files,
				   "/etc/security/limits.d/limits-000003.conf", false, &node),
			 0);
	capture_free(capture);
}

/* The control register of Sunrise Point's ACS is 8 bytes behind, and of others that is no part of it. */
TEST(registers_of_32_bits_are_kept_of_intel_only)
{
	static const struct {
		unsigned char vendor;
		unsigned char control;
	} ports[] = { { 0x86, 0x1d }, { 0x22, 0 } };

	for (size_t i = 0; i < COUNT(ports); i++) {
		unsigned char bytes[0x200] = { ports[i].vendor, 0x80 };

		memcpy(bytes + 0x100, "\x0d\x00\x01\x00\x1f\x00\x00\x00\x1d\x00\x00\x00\x41", 13);
		redact_config(bytes, sizeof(bytes));
		assert_int_equal(bytes[0x104], 0x1f);
		assert_int_equal(bytes[0x108], ports[i].control);
		assert_int_equal(bytes[0x10c], 0);
	}
}

TEST(configuration_space)
{
	unsigned char bytes[0x1000], kept[0x1000];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i | 1);
	memset(kept, 0, sizeof(kept));
	/* Vital product data, and PCI Express behind it. */
	bytes[0x34] = 0x40;
	bytes[0x40] = 0x03;
	bytes[0x41] = 0x50;
	bytes[0x50] = 0x10;
	bytes[0x51] = 0;
	/* A serial number, ACS behind it, and the end. */
	memcpy(bytes + 0x100, "\x03\x00\x01\x14", 4);
	memcpy(bytes + 0x140, "\x0d\x00\x01\x00", 4);
	memcpy(kept, bytes, 0x10);
	kept[0x34] = 0x40;
	kept[0x41] = 0x50;
	memcpy(kept + 0x50, bytes + 0x50, 4);
	memcpy(kept + 0x103, "\x14", 1);
	memcpy(kept + 0x140, bytes + 0x140, 8);
	redact_config(bytes, sizeof(bytes));
	assert_memory_equal(bytes, kept, sizeof(bytes));
	/* Of any length, and in a circle. */
	for (size_t len = 0; len < 0x200; len++) {
		memset(bytes, 0x41, sizeof(bytes));
		redact_config(bytes, len);
		assert_int_equal(bytes[len], 0x41);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),
		cmocka_unit_test(a_name_has_one_stand_in),
		cmocka_unit_test(no_stand_in_is_a_harmless_name),
		cmocka_unit_test(a_host_that_is_called_like_a_stand_in_has_another),
		cmocka_unit_test(a_unit_stays_of_its_kind),
		cmocka_unit_test(names_that_are_no_text_stay_apart),
		cmocka_unit_test(harmless_names_stay),
		cmocka_unit_test(addresses),
		cmocka_unit_test(command_lines),
		cmocka_unit_test(releases_and_builds),
		cmocka_unit_test(mounts_and_swaps),
		cmocka_unit_test(limits),
		cmocka_unit_test(other_files),
		cmocka_unit_test(paths_and_targets),
		cmocka_unit_test(lines),
		cmocka_unit_test(without_a_database_no_name_of_a_device_stays),
		cmocka_unit_test(files_of_limits_stay_in_order),
		cmocka_unit_test(registers_of_32_bits_are_kept_of_intel_only),
		cmocka_unit_test(configuration_space),
	};

	return UNIT_RUN("redactor", tests);
}
