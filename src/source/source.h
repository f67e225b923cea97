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
 *	sysroot	 files come from below a directory; there is no live answer
 *
 * A capture is a directory, or an archive of such a directory:
 *
 *	files/		    the files, directories and links as they were read, below "/"
 *	transcript.jsonl    everything else, one JSON object a line (see docs/capture.md)
 *
 * Paths are absolute and name things on the host that is read ("/sys/class/iommu").
 * Every function returns 0 or a negative errno unless it says otherwise. A question that only a running
 * host can answer is -EOPNOTSUPP with a sysroot; one that the capture does not answer is -ENODATA in a
 * replay, and if it is a call, source_problem() says what was asked for.
 */

struct source;

enum source_mode {
	SOURCE_LIVE,
	SOURCE_RECORD,
	SOURCE_REPLAY,
	SOURCE_SYSROOT,
};

/** source_open_live() - open this machine. */
int source_open_live(struct source **source);

/**
 * source_open_collect() - open this machine, and keep a capture in memory, see source_capture().
 */
int source_open_collect(struct source **source);

/**
 * source_open_record() - the same, for a capture that source_save() writes.
 * @directory: made when it is not there; -ENOTEMPTY when something is in it, -EPERM when it is somebody
 *	else's or others may write into it
 */
int source_open_record(struct source **source, const char *directory);

/**
 * source_open_replay() - open the capture at @path: a directory, an archive, or "-" for an archive
 * on standard input.
 *
 * All of it is loaded first, so nothing is read from @path afterwards. -EBADMSG when it is no
 * capture or its transcript cannot be read, -ELIBACC when there is no library to read it with;
 * source_problem() says more, so @source is set then too and must be closed.
 */
int source_open_replay(struct source **source, const char *path);

struct capture_input;

/** source_open_input() - replay a capture that was opened before, see capture.h. */
int source_open_input(struct source **source, struct capture_input *input);

/** source_open_sysroot() - open the files below @directory, without live calls. */
int source_open_sysroot(struct source **source, const char *directory);

/**
 * source_save() - write the capture of source_open_record(), once; nothing for every other source.
 *
 * It ends the recording. Return: 0, or a negative errno and the problem is set.
 */
int source_save(struct source *source);

/** source_close() - save the capture of @source where it was not, and close it. NULL is allowed. */
void source_close(struct source *source);

struct capture;

/**
 * source_capture() - return the capture that is replayed, or that is recorded.
 *
 * It ends the recording. The capture stays the source's. NULL for every other source.
 */
struct capture *source_capture(struct source *source);

/**
 * source_time() - return when the host is read, in seconds since 1970: for a capture, when it was
 * recorded. 0 if that is not known, as for a directory of files.
 */
int64_t source_time(const struct source *source);

/** source_mode() - return the mode of @source. */
enum source_mode source_mode(const struct source *source);

/** source_problem() - return what went wrong in the source itself, or NULL. */
const char *source_problem(const struct source *source);

/* Files: files.c */

/**
 * source_read() - read a whole file.
 * @text: new, NUL behind its end, free it; untouched on error
 *
 * Files of any size up to 16 MiB (-EFBIG above). Embedded NUL bytes stay, use @len.
 */
int source_read(struct source *source, const char *path, char **text, size_t *len);

/** struct source_answer - what became of a read: 0, @text and @len, or a negative errno. */
struct source_answer {
	int ret;
	char *text;
	size_t len;
};

/**
 * struct source_answers - several of them.
 * @blocks: of memory, in which their texts are
 */
struct source_answers {
	struct source_answer *answer;
	size_t count;
	char **blocks;
	size_t n_blocks;
};

/**
 * source_attributes() - read @count files at once, as source_attribute() does.
 * @answers: to them, with texts that may be changed; free it with source_answers_clear()
 *
 * Whatever may keep its reader waiting is best asked for in this way: one process reads it all.
 */
void source_attributes(struct source *source, char *const *paths, size_t count,
		       struct source_answers *answers);

/** source_answers_clear() - free the members of @answers. */
void source_answers_clear(struct source_answers *answers);

/**
 * source_patience() - begin a run that has all its patience, and asks again what did not answer.
 *
 * A file that a live host does not answer within two seconds is -ETIMEDOUT, and so is all else in
 * the same directory from then on, and all that could wait once ten seconds were waited for.
 */
void source_patience(struct source *source);

/**
 * source_attribute() - read the sysfs attribute @path, as source_read() does.
 *
 * It is read once where it fits: what is behind its end need not be asked for. So for thousands of
 * devices it is three system calls in place of four. -ETIMEDOUT where it does not answer.
 */
int source_attribute(struct source *source, const char *path, char **text, size_t *len);

/** struct source_dir - an open directory, so that reading many files in it costs one look-up. */
struct source_dir;

/** source_dir_open() - open the directory @path. */
int source_dir_open(struct source *source, const char *path, struct source_dir **dir);

/** source_dir_close() - close a directory; NULL is allowed. */
void source_dir_close(struct source_dir *dir);

/** source_dir_read() - read the file @name in @dir, as source_read() does. */
int source_dir_read(struct source_dir *dir, const char *name, char **text, size_t *len);

/** struct source_list - names in a directory, sorted as strversioncmp(3) does. */
struct source_list {
	char **name;
	size_t count;
};

/**
 * source_list() - list the directory @path. Free with source_list_clear().
 *
 * Names that begin with a dot are left out: sysfs, proc and devtmpfs have none, and in a copied
 * tree they are bookkeeping (git keeps no empty directory without a file in it).
 */
int source_list(struct source *source, const char *path, struct source_list *list);

/** source_list_unsorted() - the same in any order, for long lists that are sorted otherwise or not at all. */
int source_list_unsorted(struct source *source, const char *path, struct source_list *list);

/**
 * source_links() - read all symbolic links in the directory @path and their targets at once.
 * @names: as source_list() gives them
 * @targets: in the same order; NULL for what is no link, or is gone
 */
int source_links(struct source *source, const char *path, struct source_list *names,
		 struct source_list *targets);

/** source_list_clear() - free the names. */
void source_list_clear(struct source_list *list);

/** source_link() - return the target of the symbolic link @path, unresolved. Free it. */
int source_link(struct source *source, const char *path, char **target);

/** source_exists() - return 0 if @path exists, -ENOENT if not, or why that is not known. */
int source_exists(struct source *source, const char *path);

/* Failures: failure.c */

/** struct source_failure - what could not be read, and why: an errno. */
struct source_failure {
	char *path;
	int error;
};

/** struct source_failures - several of them, in the order in which they were met. */
struct source_failures {
	struct source_failure *failure;
	size_t count;
};

/**
 * source_take_failures() - return the paths that could not be read since the last call.
 *
 * That something is not there, or is of another kind, is an answer and no failure. So a caller can
 * take NULL for "not there" and all that was lost is still told: nothing is missing in silence.
 * Free with source_failures_clear().
 */
void source_take_failures(struct source *source, struct source_failures *failures);

/** source_failures_clear() - free the paths. */
void source_failures_clear(struct source_failures *failures);

/* The system: system.c */

/**
 * struct source_system - what uname(2) and sysconf(3) say; all 0 or NULL with a sysroot.
 * @address_bits: physical address bits of the CPU (x86: CPUID), or those that KVM gives a guest (arm64);
	0 if nothing tells them
 * @has_vendor: @is_amd, the CPU being one of AMD's and not of one that builds AMD's, is known (x86: CPUID)
 */
struct source_system {
	char *release;
	char *build;
	char *arch;
	char *node;
	uint64_t page_size;
	unsigned int address_bits;
	bool has_vendor;
	bool is_amd;
};

/** source_system() - call uname(2) and sysconf(3). */
int source_system(struct source *source, struct source_system *system);

/** source_system_clear() - free the strings. */
void source_system_clear(struct source_system *system);

/* Privileges of this process: privilege.c */

/** enum privilege - what a run has to do that not everybody may; bits. */
enum privilege {
	PRIVILEGE_READ = 0x1, /* read files and directories of others */
	PRIVILEGE_LOOK =
		0x2, /* see what others have open, all of configuration space, the container */
	PRIVILEGE_PROBE = 0x4, /* open groups of others, trace, see page frames, lock memory */
	PRIVILEGE_WRITE = 0x8, /* write files into directories of others */
	PRIVILEGE_SHED = 0x10, /* become another user */
	PRIVILEGE_END = 0x20,  /* end a process of another user */
	PRIVILEGE_KERNEL =
		0x40, /* read the memory of the kernel; in use in a process of its own only */
};

/**
 * privilege_limit() - give up all privileges but those for a few things.
 * @keep: bits of enum privilege that may be asked for again
 * @use: those in effect from now on
 *
 * Privileges that were given up do not come back. The first call also sees to it that no program
 * that this process might start has any: no_new_privs, no ambient, inheritable or bounding
 * capabilities. source_process() goes on telling the caller's privileges. Return: 0 or a negative
 * errno.
 */
int privilege_limit(unsigned int keep, unsigned int use);

/* A process that reads captures: sandbox.c */

#define SANDBOX_CPU_SECONDS   60
#define SANDBOX_ADDRESS_SPACE (UINT64_C(4) << 30)

/**
 * sandbox_prepare() - read what sandbox_enter() needs, which cannot open files.
 *
 * Before the process is forked that enters.
 */
void sandbox_prepare(void);

/**
 * sandbox_enter() - drop all rights of this process but its open descriptors.
 * @missing: what is not possible here, in words, new; NULL where nothing is missing
 * @failed: on error the name of the call that failed
 *
 * From here on no file is opened, no process is started and no code is loaded, see docs/privilege.md.
 * Where PRIVILEGE_SHED was kept, the process becomes nobody (65534). It dies with its parent.
 * Return: 0, or a negative errno: then the process has to end.
 */
int sandbox_enter(char **missing, const char **failed);

/* Processes and users: process.c */

/**
 * struct source_process - what this process is and may do.
 * @groups: supplementary groups too
 * @capabilities: those in effect when it began, a bit each (1 << CAP_IPC_LOCK …)
 * @memlock: soft limit of locked memory in bytes, UINT64_MAX where there is none
 */
struct source_process {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t n_groups;
	uint64_t capabilities;
	uint64_t memlock;
};

/** source_process() - read the credentials of this process. */
int source_process(struct source *source, struct source_process *process);

/** source_process_clear() - free the groups. */
void source_process_clear(struct source_process *process);

/** struct source_group - a group that a user is in. @name may be NULL. */
struct source_group {
	gid_t gid;
	char *name;
};

/**
 * struct source_user - a user of the host.
 * @groups: all groups, the first one (@gid) among them
 */
struct source_user {
	char *name;
	uid_t uid;
	gid_t gid;
	struct source_group *groups;
	size_t n_groups;
};

/**
 * source_user() - look the user called @name up, as getpwnam(3) and getgrouplist(3) do.
 * @name: a number is taken for a uid where no user is called so
 *
 * With a sysroot its /etc/passwd and /etc/group tell. A capture gets the answer alone, and nothing
 * of other users. Return: 0; -ENOENT where there is no such user.
 */
int source_user(struct source *source, const char *name, struct source_user *user);

/** source_user_clear() - free the strings and groups. */
void source_user_clear(struct source_user *user);

/* Processes that run: running.c */

/**
 * source_process_lines() - read lines of /proc/@pid/@name, a text such as "limits" or "status".
 * @labels: the beginnings of the lines that are wanted, ended by NULL
 * @text: new; free it; untouched on error
 *
 * A capture gets these lines as the whole file, and nothing else of the process. In a replay and with a
 * sysroot there may be more lines.
 */
int source_process_lines(struct source *source, int pid, const char *name,
			 const char *const *labels, char **text);

/**
 * struct source_user_process - a process of a user.
 * @name: as the kernel shows it; may be NULL
 * @place: where it was started: a login session or the user's own manager, which pam_limits takes
 *	care of, or something else
 */
struct source_user_process {
	int pid;
	char *name;
	enum source_place {
		SOURCE_PLACE_SESSION,
		SOURCE_PLACE_MANAGER,
		SOURCE_PLACE_OTHER,
	} place;
};

/**
 * source_user_process() - find a process with the effective user @uid, rather one of a login
 * session than of the user's manager, rather that than another.
 *
 * Return: 0; -ENOENT where none is seen. Free with source_user_process_clear().
 */
int source_user_process(struct source *source, uid_t uid, struct source_user_process *process);

/** source_user_process_clear() - free the name. */
void source_user_process_clear(struct source_user_process *process);

/* Units of systemd: unit.c */

/**
 * struct source_unit - a unit as systemd has it loaded.
 * @id: its name, where an alias was asked for
 * @pid: one of its processes, 0 where none is seen
 * @has_settings: what follows is known; a scope has none
 * @memlock: the soft limit of locked memory in bytes, UINT64_MAX where there is none
 * @user: NULL or "" for root
 * @group: and @groups: Group= and SupplementaryGroups=
 * @bounding: and @ambient: capabilities, a bit each
 */
struct source_unit {
	char *id;
	int pid;
	bool has_settings;
	uint64_t memlock;
	char *user;
	char *group;
	struct source_list groups;
	uint64_t bounding;
	uint64_t ambient;
};

/**
 * source_unit() - ask systemd about the unit @name, over D-Bus. It loads none and starts none for it.
 *
 * Return: 0; -ENOENT where it has none loaded that is called so, which says nothing about files of such
 * a unit; -ENOTCONN without a system bus, -ETIMEDOUT where there was no answer in three seconds,
 * -ELIBACC without libsystemd, -ENOSYS where the program was built without it.
 */
int source_unit(struct source *source, const char *name, struct source_unit *unit);

/** source_unit_clear() - free the members of @unit. */
void source_unit_clear(struct source_unit *unit);

/* Permissions of device nodes, which are not opened: node.c */

/**
 * struct source_node - who may open a device node.
 * @owner: and @group: their names, NULL where they have none, and with a sysroot
 * @mode: permission bits
 * @has_acl: there are more permissions, in an access control list
 */
struct source_node {
	uid_t uid;
	gid_t gid;
	mode_t mode;
	char *owner;
	char *group;
	bool has_acl;
};

/**
 * source_node() - read the type and permissions of the device node @path.
 *
 * Return: 0; -ENODEV where @path is no character device.
 */
int source_node(struct source *source, const char *path, struct source_node *node);

/** source_node_clear() - free the names. */
void source_node_clear(struct source_node *node);

/* Modules: module.c */

/** enum source_module - whether a kernel has a module: no, as a file, or in itself. */
enum source_module {
	SOURCE_MODULE_MISSING,
	SOURCE_MODULE_FILE,
	SOURCE_MODULE_BUILTIN,
};

/**
 * struct source_lookup - a module to look up.
 * @error: 0; -ENOENT where a list is not there, -ENODATA where a capture does not say, or another
 *         negative errno: then it is not known, and @where says nothing
 */
struct source_lookup {
	const char *name;
	enum source_module where;
	int error;
};

/**
 * source_modules() - find out if the kernel @release has modules, by modules.dep and
 *                    modules.builtin in its directory below /lib/modules.
 * @lookups: @count of them, with their names; the rest is filled in
 */
void source_modules(struct source *source, const char *release, struct source_lookup *lookups,
		    size_t count);

/**
 * struct pci_id - the IDs of a device to name.
 * @class: class code, 24 bits
 */
struct pci_id {
	uint16_t vendor;
	uint16_t device;
	uint32_t class;
};

/** struct pci_names - names from pci.ids, each NULL where it has none. Clear it. */
struct pci_names {
	char *vendor;
	char *device;
	char *class_name;
};

/**
 * struct source_holder - a process that has the file @path open.
 * @guest: name of the virtual machine that it runs, as QEMU was given it (-name), or NULL
 * @unit: unit of systemd that it belongs to, or NULL
 */
struct source_holder {
	char *path;
	int pid;
	char *name;
	char *guest;
	char *unit;
};

/** struct source_number - the number of a device node. */
struct source_number {
	bool is_block;
	uint32_t major;
	uint32_t minor;
};

/** struct source_opener - a process that has a node with that number open, whatever its path is. */
struct source_opener {
	struct source_number number;
	int pid;
	char *name;
};

/**
 * struct source_holders - any number of them.
 * @openers: of the numbers that were asked for; one process for each
 * @openers_ret: why they, or some, are not known; 0 where they are
 */
struct source_holders {
	struct source_holder *holder;
	size_t count;
	struct source_opener *openers;
	size_t n_openers;
	int openers_ret;
};

/**
 * source_holders() - find the processes with open files below @directory, from the links under
 * /proc/PID/fd.
 *
 * One pass over all processes. A capture gets these answers alone, and nothing of the other files
 * that processes have open.
 * Return: 0, and no other process has one open; -EACCES if some processes could not be read, or
 * -EXDEV when those outside of a PID namespace are not in /proc, and then @holders has those that were
 * seen; -ENODEV where /proc is no procfs. Free with source_holders_clear().
 */
int source_holders(struct source *source, const char *directory, struct source_holders *holders);

/**
 * source_openers() - find the processes with open nodes of @count device @numbers too, in one pass.
 */
int source_openers(struct source *source, const char *directory,
		   const struct source_number *numbers, size_t count,
		   struct source_holders *holders);

/** source_holders_opener() - return the process that has a node with @number open, or NULL. */
const struct source_opener *source_holders_opener(const struct source_holders *holders,
						  const struct source_number *number);

/** source_holders_find() - return the first process that has @path open, or NULL. */
const struct source_holder *source_holders_find(const struct source_holders *holders,
						const char *path);

/** source_holders_clear() - free the members of @holders. */
void source_holders_clear(struct source_holders *holders);

/**
 * source_session_hint() - keep the address of this host in @connection, the value of SSH_CONNECTION.
 *
 * For source_session(), where no server is seen: a user may not look into the server's process, and a
 * terminal multiplexer has none above. NULL is allowed.
 */
void source_session_hint(const char *connection);

/**
 * source_session() - find the address of this host at which the caller's SSH session arrives.
 * @local: new, NULL where there is none
 *
 * By the socket of the SSH server among the processes above this one. Nothing of the other end is read.
 * Return: 0; -ENOENT where no SSH server is above; or why that is not known, an errno.
 */
int source_session(struct source *source, char **local);

/* Owners of memory in BARs: claim.c */

/** struct source_claim - @owner has memory within a BAR of the PCI device @device ("BOOTFB"). */
struct source_claim {
	char *device;
	char *owner;
};

/** struct source_claims - any number of them; those of one BAR are next to each other. */
struct source_claims {
	struct source_claim *claim;
	size_t count;
};

/**
 * source_claims() - find who has memory within BARs, from /proc/iomem.
 *
 * The drivers of the devices are among them. A capture gets these names alone, and no address: the
 * layout of a host's memory is nobody's business.
 * Return: 0, or a negative errno. Free with source_claims_clear().
 */
int source_claims(struct source *source, struct source_claims *claims);

/** source_claims_clear() - free the members of @claims. */
void source_claims_clear(struct source_claims *claims);

/** source_pci_names() - look @id up in the pci.ids of the host that is read. */
void source_pci_names(struct source *source, const struct pci_id *id, struct pci_names *names);

/** pci_names_clear() - free the members of @names. */
void pci_names_clear(struct pci_names *names);

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
 * struct ioctl_shape - what an ioctl looks like, so that it can be written down and replayed
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

/** source_device_close() - close a device node; NULL is allowed. */
void source_device_close(struct source_device *device);

/**
 * source_ioctl() - make an ioctl without argument or with the number @value. Return: ioctl's, or
 * -errno.
 */
int source_ioctl(struct source_device *device, const struct ioctl_shape *shape,
		 unsigned long value);

/** source_ioctl_device() - make an ioctl that takes another device's descriptor. */
int source_ioctl_device(struct source_device *device, const struct ioctl_shape *shape,
			const struct source_device *other);

/** source_ioctl_struct() - make an ioctl on the structure @arg of @len bytes. */
int source_ioctl_struct(struct source_device *device, const struct ioctl_shape *shape, void *arg,
			size_t len);

/**
 * source_ioctl_timed() - make the same ioctl, and measure its time.
 * @nanoseconds: set; 0 where a capture does not say; NULL if not needed
 *
 * The time is part of the answer: a capture gets it, and its replay gives it back.
 */
int source_ioctl_timed(struct source_device *device, const struct ioctl_shape *shape, void *arg,
		       size_t len, uint64_t *nanoseconds);

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

/** enum source_pages - the kind of pages of a memory. */
enum source_pages {
	SOURCE_PAGES_BASE,	  /* the smallest pages, and no others */
	SOURCE_PAGES_TRANSPARENT, /* transparent huge pages, as far as the kernel gives them */
	SOURCE_PAGES_HUGETLB,	  /* explicit huge pages, out of the pool of their size */
};

/**
 * struct source_taking - how memory of some kind of pages was allocated.
 * @nanoseconds: how long its first touch took, which gives it all of its pages
 * @huge: bytes of it that are in transparent huge pages; with the other kinds 0
 * @huge_errno: why @huge is not known; 0 where it is
 */
struct source_taking {
	uint64_t nanoseconds;
	uint64_t huge;
	int huge_errno;
};

/** struct source_pair - two pages that came out of a memory. @len in bytes. */
struct source_pair {
	void *address;
	size_t len;
};

/**
 * source_memory_map() - map memory of @len bytes, aligned to @align (a power of two), with huge
 * pages where the kernel gives them.
 */
int source_memory_map(struct source *source, size_t len, size_t align,
		      struct source_memory *memory);

/**
 * source_memory_take() - map memory of @len bytes, of pages of one kind.
 * @page: their size in bytes, a power of two; @len and the memory's address are multiples of it
 * @taking: filled; its time is the host's answer, as that of source_ioctl_timed()
 *
 * -ENOMEM where the pool of huge pages has too few, -EINVAL where the kernel has no transparent
 * huge pages.
 */
int source_memory_take(struct source *source, enum source_pages pages, uint64_t page, size_t len,
		       struct source_memory *memory, struct source_taking *taking);

/**
 * source_memory_pair() - map two pages of @memory next to each other in this process.
 * @first: index of the page that comes first
 * @second: index of the other
 * @address: set to where they are
 *
 * Neighbours already are left where they are; others are moved (mremap(2) keeps their frames).
 */
int source_memory_pair(struct source *source, struct source_memory *memory, uint64_t page_size,
		       size_t first, size_t second, void **address);

/** source_memory_unmap() - unmap @memory and its pairs. */
void source_memory_unmap(struct source_memory *memory);

/**
 * source_frames() - read the physical frame numbers of @memory, in pages, from /proc/self/pagemap.
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
 * source_trace_read() - return the events since the last call, in order.
 * @lost: set to how many the kernel dropped
 */
int source_trace_read(struct source_trace *trace, struct trace_event **events, size_t *count,
		      uint64_t *lost);

/** source_trace_close() - stop following. NULL is allowed. */
void source_trace_close(struct source_trace *trace);

/* Netlink dumps: netlink.c */

/** enum netlink_kind - what an attribute holds. */
enum netlink_kind {
	NETLINK_NUMBER,	 /* of 1, 2, 4 or 8 bytes, in the byte order of the host */
	NETLINK_TEXT,	 /* characters, ended by NUL or by the attribute */
	NETLINK_ADDRESS, /* an IP address of 4 or 16 bytes */
	NETLINK_HOPS, /* next hops of a route (struct rtnexthop): the numbers of their interfaces */
	NETLINK_GROUP, /* members of a nexthop object (struct nexthop_grp): their numbers */
	NETLINK_NEST,  /* attributes */
};

/**
 * struct netlink_attribute - an attribute of which notice is taken.
 * @name: of its value; no two of a shape have the same, nested ones included
 * @nest: for NETLINK_NEST, the attributes to read in it
 */
struct netlink_attribute {
	const char *name;
	uint16_t type;
	enum netlink_kind kind;
	const struct netlink_attribute *nest;
	size_t n_nest;
};

/** struct netlink_field - a number in the fixed part of a message; bytes. */
struct netlink_field {
	const char *name;
	uint16_t offset;
	uint8_t width;
};

/**
 * struct netlink_shape - a dump: what is asked, and what of each answer is kept.
 * @name: of the dump, "links"
 * @protocol: NETLINK_ROUTE or NETLINK_GENERIC
 * @family: name of the generic netlink family, else NULL
 * @type: of the request; for a generic family the command
 * @answer: type of the messages that count; for a generic family the command
 * @request: payload behind the header of the request
 * @fixed: bytes of an answer's fixed part, before its attributes
 * @keep: NULL, or whether the message with this fixed part counts
 */
struct netlink_shape {
	const char *name;
	int protocol;
	const char *family;
	uint16_t type;
	uint16_t answer;
	const void *request;
	size_t request_len;
	size_t fixed;
	const struct netlink_field *fields;
	size_t n_fields;
	const struct netlink_attribute *attributes;
	size_t n_attributes;
	bool (*keep)(const void *fixed);
};

/** struct source_messages - answers of a dump, in their order. */
struct source_messages;

/**
 * source_netlink_dumps() - request the dumps that @count @shapes describe, in one pass.
 * @shapes: constants, since another process asks
 * @messages: room for as many; set if all of them could be read
 *
 * A dump that changed while it was made is asked for again some times. No module is loaded for it.
 * Errors: -ENOENT where the kernel has no such generic family now, -EINTR where it never came to
 * an end without a change, -ETIMEDOUT where the kernel does not answer.
 */
int source_netlink_dumps(struct source *source, const struct netlink_shape *const *shapes,
			 size_t count, struct source_messages **messages);

/** source_netlink_dump() - request one dump, of @shape, which is a constant as those are. */
int source_netlink_dump(struct source *source, const struct netlink_shape *shape,
			struct source_messages **messages);

/** source_messages_count() - return the number of messages. */
size_t source_messages_count(const struct source_messages *messages);

/**
 * source_message_number() - return the number called @name in message @index; @otherwise without
 * one.
 */
uint64_t source_message_number(const struct source_messages *messages, size_t index,
			       const char *name, uint64_t otherwise);

/** source_message_members() - return the length of the list called @name in message @index; 0 without one. */
size_t source_message_members(const struct source_messages *messages, size_t index,
			      const char *name);

/** source_message_member() - return the number at place @member of that list. */
uint64_t source_message_member(const struct source_messages *messages, size_t index,
			       const char *name, size_t member);

/**
 * source_message_text() - return the text called @name in message @index, borrowed; or NULL. Clean
 * a copy.
 */
const char *source_message_text(const struct source_messages *messages, size_t index,
				const char *name);

/** source_messages_free() - free @messages; NULL is allowed. */
void source_messages_free(struct source_messages *messages);

/* Changes as they happen: uevent.c */

/** struct source_uevents - the kernel's word about devices, from now on. */
struct source_uevents;

/**
 * source_uevents_open() - listen for changes (NETLINK_KOBJECT_UEVENT, and rtnetlink's
 * notifications).
 *
 * Only a live host has a "now": -EOPNOTSUPP else. Open it before the facts are read, so that no
 * change falls between.
 */
int source_uevents_open(struct source *source, struct source_uevents **uevents);

/**
 * source_uevents_wait() - wait for an event, a signal or @milliseconds (-1: forever).
 *
 * No signal is blocked while it waits, as in ppoll(2).
 * Return: 1 or more when there is something, 0 when the time is over, -EINTR after a signal.
 */
int source_uevents_wait(struct source_uevents *uevents, int milliseconds);

/**
 * source_uevents_next() - return the next event.
 * @text: new, @len bytes, lines ended by NUL; free it
 *
 * Return: 0; -EAGAIN when there is none now; -ENOBUFS when the kernel dropped some, after which
 * nothing that was known is sure.
 */
int source_uevents_next(struct source_uevents *uevents, char **text, size_t *len);

/**
 * source_uevents_net_changed() - tell if interfaces, addresses or routes changed since the last
 * call.
 */
bool source_uevents_net_changed(struct source_uevents *uevents);

/** source_uevents_close() - stop listening. NULL is allowed. */
void source_uevents_close(struct source_uevents *uevents);

/* Order in a transcript: transcript.c */

/**
 * source_section() - begin a part of the live transcript with a name of its own.
 *
 * Live answers are replayed in the order in which they came; sections let a command that asks
 * for one of several parts find it. In replay -ENODATA when the capture has no such section.
 */
int source_section(struct source *source, const char *name);

/** source_has_section() - tell if the capture that is replayed has a section called @name. */
bool source_has_section(const struct source *source, const char *name);

#endif
