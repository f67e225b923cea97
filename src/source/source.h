/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SOURCE_SOURCE_H
#define VFIODIAG_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The door: the only place where something outside the process is touched.
 *
 *	live	 answers come from this machine
 *	record	 the same, and every answer is also written into a capture
 *	replay	 answers come from a capture; nothing of this machine is touched
 *	sysroot	 files come from below a folder; there is no live answer
 *
 * A capture is a folder, or an archive of such a folder:
 *
 *	files/		    the files, folders and links as they were read, below "/"
 *	transcript.jsonl    everything else, one JSON object a line (see docs/capture.md)
 *
 * Paths are absolute and name things on the host that is looked at ("/sys/class/iommu").
 * Every function returns 0 or a negative errno unless it says otherwise. In replay a call that
 * the capture does not hold returns -ENODATA, and source_problem() says what was asked for.
 */

struct source;

enum source_mode {
	SOURCE_LIVE,
	SOURCE_RECORD,
	SOURCE_REPLAY,
	SOURCE_SYSROOT,
};

/** source_open_live() - this machine. */
int source_open_live(struct source **source);

/**
 * source_open_record() - this machine, and write a capture.
 * @folder: made when it is not there; -ENOTEMPTY when something is in it, -EPERM when it is somebody
 *	else's or others may write into it
 */
int source_open_record(struct source **source, const char *folder);

/** source_open_collect() - this machine, and keep a capture in memory, see source_capture(). */
int source_open_collect(struct source **source);

/**
 * source_open_replay() - the capture at @path: a folder, an archive, or "-" for an archive on
 * standard input.
 *
 * All of it is loaded first, so nothing is read from @path afterwards. -EBADMSG when it is no
 * capture or its transcript cannot be read; source_problem() says where, so @source is set then too
 * and must be closed.
 */
int source_open_replay(struct source **source, const char *path);

/** source_open_sysroot() - files below @folder, no live call. */
int source_open_sysroot(struct source **source, const char *folder);

/** source_close() - close, and end the capture. NULL is allowed. */
void source_close(struct source *source);

struct capture;

/**
 * source_capture() - the capture that is played back, or that source_open_collect() has kept.
 *
 * It ends the recording. The capture stays the source's. NULL for every other source.
 */
struct capture *source_capture(struct source *source);

/** source_mode() - which of the four. */
enum source_mode source_mode(const struct source *source);

/** source_problem() - a sentence on what went wrong in the source itself, or NULL. */
const char *source_problem(const struct source *source);

/* Files: files.c */

/**
 * source_read() - a whole file.
 * @text: new, NUL behind its end, free it; untouched on error
 *
 * Files of any size up to 16 MiB (-EFBIG above). Embedded NUL bytes stay, use @len.
 */
int source_read(struct source *source, const char *path, char **text, size_t *len);

/** struct source_dir - an open folder, so that reading many files in it costs one look-up. */
struct source_dir;

/** source_dir_open() - open folder @path. */
int source_dir_open(struct source *source, const char *path, struct source_dir **dir);

/** source_dir_close() - NULL is allowed. */
void source_dir_close(struct source_dir *dir);

/** source_dir_read() - as source_read(), for the file @name in @dir. */
int source_dir_read(struct source_dir *dir, const char *name, char **text, size_t *len);

/** struct source_list - names in a folder, sorted as strversioncmp(3) does. */
struct source_list {
	char **name;
	size_t count;
};

/**
 * source_list() - what is in folder @path. Free with source_list_clear().
 *
 * Names that begin with a dot are left out: sysfs, proc and devtmpfs have none, and in a copied
 * tree they are somebody's bookkeeping (git keeps no empty folder without a file in it).
 */
int source_list(struct source *source, const char *path, struct source_list *list);

/** source_list_clear() - free the names. */
void source_list_clear(struct source_list *list);

/** source_link() - target of the link @path, as it stands there. Free it. */
int source_link(struct source *source, const char *path, char **target);

/** source_exists() - 0 when there is something at @path, -ENOENT when not, or why nobody knows. */
int source_exists(struct source *source, const char *path);

/* The system: system.c */

/** struct source_system - what uname(2) and sysconf(3) say; all 0 or NULL with a sysroot. */
struct source_system {
	char *release;
	char *build;
	char *arch;
	char *node;
	uint64_t page_size;
};

/** source_system() - ask them. -EOPNOTSUPP with a sysroot. */
int source_system(struct source *source, struct source_system *system);

/** source_system_clear() - free the strings. */
void source_system_clear(struct source_system *system);

/**
 * struct pci_id - what is to be named.
 * @class: class code, 24 bits
 */
struct pci_id {
	uint16_t vendor;
	uint16_t device;
	uint32_t class;
};

/** struct pci_names - names from pci.ids, each NULL where it has none. Free each. */
struct pci_names {
	char *vendor;
	char *device;
	char *class_name;
};

/** struct source_holder - a process that has a file open. Free @name. */
struct source_holder {
	int pid;
	char *name;
};

/**
 * source_holder() - who has the device node @path open, from the links under /proc/PID/fd.
 *
 * A capture gets the answer alone, and nothing of the other files that processes have open.
 * Return: 1 and @holder; 0 when nobody was seen; -EACCES when nobody was seen but some processes
 * could not be looked into; -ENODATA where a capture does not say.
 */
int source_holder(struct source *source, const char *path, struct source_holder *holder);

/** source_pci_names() - look @id up with libpci, in the pci.ids of the host that is looked at. */
void source_pci_names(struct source *source, const struct pci_id *id, struct pci_names *names);

/* Devices and ioctls: device.c */

/** struct source_device - an open device node. */
struct source_device;

/** struct ioctl_field - a number in an ioctl's structure; offsets and widths in bytes. */
struct ioctl_field {
	const char *name;
	uint16_t offset;
	uint8_t width;
	uint8_t flags;
};

#define IOCTL_IN      0x1 /* written by the caller */
#define IOCTL_OUT     0x2 /* written by the kernel */
#define IOCTL_POINTER 0x4 /* an address of this process: never recorded, never compared */

/** enum ioctl_argument - what the third argument of an ioctl is. */
enum ioctl_argument {
	IOCTL_NONE,
	IOCTL_VALUE,  /* a number */
	IOCTL_DEVICE, /* a pointer to the descriptor of another device */
	IOCTL_STRUCT, /* a pointer to a structure that begins with argsz */
};

/** ioctl_emit_fn - called by a tail function for each number it finds. */
typedef void (*ioctl_emit_fn)(void *context, size_t offset, unsigned int width, const char *name,
			      uint64_t value);

/**
 * struct ioctl_shape - what an ioctl looks like, so that it can be written down and played back
 * on a machine of another byte order.
 * @fields: numbers of the fixed part
 * @tail: for structures with a variable part: name each number behind the fixed part; returns
 *	-EBADMSG when the part makes no sense, and then it is recorded as plain bytes
 */
struct ioctl_shape {
	const char *name;
	unsigned long request;
	enum ioctl_argument argument;
	const struct ioctl_field *fields;
	size_t n_fields;
	int (*tail)(const void *arg, size_t len, ioctl_emit_fn emit, void *context);
};

/** source_device_open() - open device node @path for reading and writing. */
int source_device_open(struct source *source, const char *path, struct source_device **device);

/** source_device_close() - NULL is allowed. */
void source_device_close(struct source_device *device);

/** source_ioctl() - an ioctl without argument or with the number @value. Return: ioctl's, or -errno. */
int source_ioctl(struct source_device *device, const struct ioctl_shape *shape,
		 unsigned long value);

/** source_ioctl_device() - an ioctl that takes another device's descriptor. */
int source_ioctl_device(struct source_device *device, const struct ioctl_shape *shape,
			const struct source_device *other);

/** source_ioctl_struct() - an ioctl on the structure @arg of @len bytes. */
int source_ioctl_struct(struct source_device *device, const struct ioctl_shape *shape, void *arg,
			size_t len);

/* Memory that the IOMMU is shown: memory.c */

/**
 * struct source_memory - anonymous memory, populated, zeroed. @len in bytes.
 * @pairs: pages that were put side by side elsewhere, see source_memory_pair()
 */
struct source_memory {
	void *address;
	size_t len;
	struct source_pair *pairs;
	size_t n_pairs;
};

/** struct source_pair - two pages that came out of a memory. @len in bytes. */
struct source_pair {
	void *address;
	size_t len;
};

/**
 * source_memory_map() - memory of @len bytes, aligned to @align (a power of two), with huge
 * pages where the kernel gives them.
 */
int source_memory_map(struct source *source, size_t len, size_t align,
		      struct source_memory *memory);

/**
 * source_memory_pair() - two pages of @memory as two neighbours in this process.
 * @first: index of the page that comes first
 * @second: index of the other
 * @address: set to where they are
 *
 * Neighbours already are left where they are; others are moved (mremap(2) keeps their frames).
 */
int source_memory_pair(struct source *source, struct source_memory *memory, uint64_t page_size,
		       size_t first, size_t second, void **address);

/** source_memory_unmap() - give it back, pairs and all. */
void source_memory_unmap(struct source_memory *memory);

/**
 * source_frames() - physical frame numbers of @memory, in pages, from /proc/self/pagemap.
 * @frames: room for @count numbers; 0 where there is no frame
 *
 * -EPERM where the kernel hides them (it shows zeroes without CAP_SYS_ADMIN).
 */
int source_frames(struct source *source, const struct source_memory *memory, uint64_t page_size,
		  uint64_t *frames, size_t count);

/* Tracepoints: trace.c */

struct source_trace;

/** struct trace_event - what one tracepoint of the iommu subsystem said. Bytes throughout. */
struct trace_event {
	bool is_map; /* iommu:map, else iommu:unmap */
	uint64_t iova;
	uint64_t paddr;	   /* map only */
	uint64_t size;	   /* asked for */
	uint64_t unmapped; /* unmap only: what iommu_unmap() returned */
};

/**
 * source_trace_open() - follow iommu:map and iommu:unmap of this thread.
 *
 * perf events with PERF_SAMPLE_RAW; nothing in tracefs is written. Errors: -ENOENT where tracefs
 * or the tracepoints are not there, -EACCES or -EPERM where the kernel forbids it (see
 * perf_event_paranoid), -ENOSYS where it has no perf events.
 */
int source_trace_open(struct source *source, struct source_trace **trace);

/**
 * source_trace_read() - events since the last call, in order.
 * @lost: set to how many the kernel dropped
 */
int source_trace_read(struct source_trace *trace, struct trace_event **events, size_t *count,
		      uint64_t *lost);

/** source_trace_close() - stop following. NULL is allowed. */
void source_trace_close(struct source_trace *trace);

/* Order in a transcript: transcript.c */

/**
 * source_section() - begin a part of the live transcript with a name of its own.
 *
 * Live answers are played back in the order in which they came; sections let a command that asks
 * for one of several parts find it. In replay -ENODATA when the capture has no such section.
 */
int source_section(struct source *source, const char *name);

/** source_has_section() - whether the capture that is played back has a section called @name. */
bool source_has_section(const struct source *source, const char *name);

#endif
