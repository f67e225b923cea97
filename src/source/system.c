/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts that the running system reports by system calls. */
#include "source/source.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <fcntl.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#endif

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "source/internal.h"

static int replay_system(const struct source *source, struct source_system *system)
{
	const json_t *fact = transcript_fact(source, "system");

	if (!fact)
		return -ENODATA;
	system->release = json_text(fact, "release");
	system->build = json_text(fact, "version");
	system->arch = json_text(fact, "machine");
	system->node = json_text(fact, "node");
	system->page_size = json_u64(json_object_get(fact, "page_size"));
	system->address_bits =
		(unsigned int)json_integer_value(json_object_get(fact, "address_bits"));
	system->has_vendor = json_is_boolean(json_object_get(fact, "amd"));
	system->is_amd = json_is_true(json_object_get(fact, "amd"));
	return 0;
}

#if defined(__x86_64__) || defined(__i386__)
/*
 * From the instruction: /proc/cpuinfo says the same, but asks every CPU for its speed first. The
 * Intel manual and AMD's call it MAXPHYADDR, in bits 7 to 0 of EAX of leaf 80000008h.
 */
static unsigned int address_bits(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(0x80000008, &a, &b, &c, &d) ? a & 0xff : 0;
}

static void read_vendor(struct source_system *system)
{
	unsigned int a = 0, b = 0, c = 0, d = 0;

	system->has_vendor = __get_cpuid(0, &a, &b, &c, &d);
	system->is_amd = system->has_vendor && b == signature_AMD_ebx && d == signature_AMD_edx &&
			 c == signature_AMD_ecx;
}
#elif defined(__aarch64__)
/*
 * User space cannot read the CPU's own number. What decides about guests is how many bits KVM gives them,
 * and asking changes nothing. A KVM that cannot tell has 40, as QEMU takes it.
 *
 * Kernel: include/uapi/linux/kvm.h, KVM_CAP_ARM_VM_IPA_SIZE: 5.10, 6.1, 6.12, 7.3.
 * QEMU: target/arm/kvm.c, kvm_arm_get_max_vm_ipa_size(): 7.2, 10.0.
 */
static unsigned int address_bits(void)
{
	_cleanup_close_ int fd = open("/dev/kvm", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int bits;

	if (fd < 0)
		return 0;
	bits = ioctl(fd, KVM_CHECK_EXTENSION, (unsigned long)KVM_CAP_ARM_VM_IPA_SIZE);
	return bits < 0 ? 0 : bits ? (unsigned int)bits : 40;
}
#else
static unsigned int address_bits(void)
{
	return 0;
}
#endif

#if !defined(__x86_64__) && !defined(__i386__)
static void read_vendor(struct source_system *system)
{
	(void)system;
}
#endif

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
	read_vendor(system);
	call_end(source,
		 json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:i, s:o*}", "fact", "system", "release",
			   system->release, "version", system->build, "machine", system->arch,
			   "node", system->node, "page_size", (json_int_t)system->page_size,
			   "address_bits", (int)system->address_bits, "amd",
			   system->has_vendor ? json_boolean(system->is_amd) : NULL));
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
