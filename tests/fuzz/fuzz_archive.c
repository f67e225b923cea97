/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that somebody gives to --from: an archive, or what is none. What is read is looked at. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "capture/internal.h"
#include "fuzz.h"
#include "model/host.h"
#include "source/internal.h"

/* The form of a header of tar(5): 512 bytes, of which these are the sum of all others. */
#define TAR_BLOCK    512
#define TAR_SUM	     148
#define TAR_SUM_SIZE 8
#define TAR_MAGIC    257

static void look_at(struct capture *capture)
{
	struct source *source = NULL;

	if (source_open_capture(&source, capture) >= 0)
		host_free(examine_source(source));
	else
		MUST(source_problem(source));
	source_close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_close_ int fd = memfd_create("archive", MFD_CLOEXEC);
	_cleanup_free_ char *problem = NULL;
	struct capture *capture = capture_make();
	int ret;

	MUST(fd >= 0 && write(fd, data, len) == (ssize_t)len && lseek(fd, 0, SEEK_SET) == 0);
	ret = archive_load(fd, capture, &problem);
	MUST(ret == 0 ? !problem : ret == -EBADMSG && problem);
	if (ret == 0)
		look_at(capture);
	else
		capture_free(capture);
	return 0;
}

#ifdef ENABLE_FUZZING

size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max_len);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max_len, unsigned int seed);

/* Sums of headers that were changed are made right, or libarchive would look no further. */
static void mend_sum(uint8_t *header)
{
	char sum[TAR_SUM_SIZE + 1];
	unsigned int total = 0;

	memset(header + TAR_SUM, ' ', TAR_SUM_SIZE);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		total += header[i];
	snprintf(sum, sizeof(sum), "%06o", total);
	memcpy(header + TAR_SUM, sum, 7);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max_len, unsigned int seed)
{
	(void)seed;
	len = LLVMFuzzerMutate(data, len, max_len);
	for (size_t at = 0; at + TAR_BLOCK <= len; at += TAR_BLOCK) {
		if (memcmp(data + at + TAR_MAGIC, "ustar", 5) == 0)
			mend_sum(data + at);
	}
	return len;
}

#endif
