/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A transcript, over the files of a host with two groups that have a device each: what it says is
 * played back as it is on a host of which only the transcript was tampered with.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "fuzz.h"
#include "model/host.h"

#define DEVICE(address, group)                                                        \
	"=file sys/devices/pci0000:00/" address "/uevent\n"                           \
	"DRIVER=vfio-pci\nPCI_CLASS=20000\nPCI_ID=8086:10D3\n"                        \
	"=link sys/bus/pci/devices/" address " /sys/devices/pci0000:00/" address "\n" \
	"=link sys/kernel/iommu_groups/" group "/devices/" address                    \
	" /sys/devices/pci0000:00/" address "\n"                                      \
	"=file sys/kernel/iommu_groups/" group "/type\nDMA\n"                         \
	"=file sys/kernel/iommu_groups/" group "/reserved_regions\n"                  \
	"0x00000000fee00000 0x00000000feefffff msi\n"

static const char files[] = DEVICE("0000:00:04.0", "0") DEVICE("0000:00:05.0", "3");

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct script script;
	struct source *source;

	script_read((const uint8_t *)files, sizeof(files) - 1, &script);
	free(script.capture->transcript);
	script.capture->transcript = xcalloc(len + 1, 1);
	if (len)
		memcpy(script.capture->transcript, data, len);
	script.capture->len = len;
	source = script_replay(&script);
	if (source)
		host_free(examine_source(source));
	source_close(source);
	script_clear(&script);
	return 0;
}
