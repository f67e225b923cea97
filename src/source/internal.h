/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_SOURCE_INTERNAL_H
#define VFIODIAG_SOURCE_INTERNAL_H

#include <jansson.h>
#include <stdio.h>
#include <time.h>

#include "base/writer.h"
#include "capture/capture.h"
#include "source/source.h"

/* Shared by the files of this room only. */

struct owner;
struct pci_ids;

/* Stands for the path of what getpwnam(3) and the like ask. */
#define USER_DATABASE "user database"

/* In place of a descriptor: a directory that is there, and may be anything. */
#define FOREIGN (-2)

/*
 * The initial PID namespace.
 * Kernel: include/linux/proc_ns.h, PROC_PID_INIT_INO: 5.10, 6.1, 6.12, 7.3.
 */
#define HOST_NAMESPACE "pid:[4026531836]"

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGEMAP_PRESENT	   (UINT64_C(1) << 63)
#define PAGEMAP_FRAME_MASK ((UINT64_C(1) << 55) - 1)

/* The format of a capture, in the first line of each transcript. */
#define CAPTURE_FORMAT 1

/**
 * struct wedge - a reader that was abandoned.
 * @directory: in which it waited for an answer; NULL where it did not
 */
struct wedge {
	char *directory;
	pid_t pid;
};

/**
 * struct source - the door.
 * @root: directory that stands for "/"
 * @sys: live only: "/sys", and @proc "/proc": what is below them and on the same mount answers at
 *	once, as a rule; -1 where there is no such directory, FOREIGN where it is of an unknown kind
 * @confined: @root is not this machine's: resolve every path, links included, inside it
 * @directory: record only: where source_save() writes the capture, or -1
 * @transcript: record only: the transcript being written
 * @kept: a capture in memory: the one that is replayed, or that is being recorded; or NULL
 * @facts: keyed answers: in a replay all (see transcript_fact()), else those that were written
 * @sections: replay only: name of a section → array of answers in order
 * @section: replay only: the current array, and @position the next answer in it
 * @ids: the names of PCI ids, once one was asked for
 * @bus_error: why systemd is not asked again: once it did not answer in time
 * @failures: failures not taken yet, see source_take_failures()
 * @wedges: readers that were abandoned in this run
 * @waited: nanoseconds without an answer in this run
 * @owners: names of users and groups that were asked for, see node.c
 * @time: see source_time()
 */
struct source {
	enum source_mode mode;
	int root;
	int sys;
	int proc;
	bool confined;
	int directory;
	struct writer transcript;
	struct capture *kept;
	json_t *facts;
	json_t *sections;
	json_t *section;
	size_t position;
	struct pci_ids *ids;
	int bus_error;
	struct source_failures failures;
	struct wedge *wedges;
	size_t n_wedges;
	uint64_t waited;
	struct owner *owners;
	size_t n_owners;
	char *problem;
	int64_t time;
};

/** source_set_problem() - keep a message for source_problem(); the first one stays. */
void source_set_problem(struct source *source, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** clock_now() - return the nanoseconds of a monotonic clock. */
static inline uint64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/**
 * source_open_capture() - replay @capture, which is in memory, and take it over.
 *
 * Return: 0; -EBADMSG with a source that has a problem, as source_open_replay().
 */
int source_open_capture(struct source **source, struct capture *capture);

/* confine.c */

/**
 * confined_open() - open(2) @path as if the directory @root were "/".
 *
 * Neither ".." nor a link, absolute or not, leads out of @root (openat2(2) where there is one).
 * Return: a descriptor, or a negative errno.
 */
int confined_open(int root, const char *path, int flags);

struct confined_walk;

/**
 * confined_walk_begin() - walk @path part by part, where there is no openat2(2).
 * @root: stays open until the end
 * @flags: for the last part, as confined_open()
 */
struct confined_walk *confined_walk_begin(int root, const char *path, int flags);

/** confined_walk_step() - walk one part. Return: 0; 1 when it is over, or a negative errno. */
int confined_walk_step(struct confined_walk *walk);

/** confined_walk_end() - free the walk. Return: the descriptor that it led to, or -1. */
int confined_walk_end(struct confined_walk *walk);

/* privilege.c */

/** privilege_in_effect() - return the capabilities that are in effect now, a bit each. */
int privilege_in_effect(uint64_t *bits);

/**
 * privilege_at_start() - return the capabilities that were in effect before privilege_limit(), a
 * bit each.
 *
 * Return: 0, or a negative errno where they could not be asked for.
 */
int privilege_at_start(uint64_t *bits);

/* sandbox.c */

/**
 * sandbox_enter_kernel() - drop all rights of this process but reading and writing descriptors that are
 * open, and memory of its own.
 *
 * It dies with its parent. Return: 0, or a negative errno: then the process has to end.
 */
int sandbox_enter_kernel(void);

/* failure.c */

/** note_failure() - keep why @path could not be read, unless @ret says none. Return: @ret. */
int note_failure(struct source *source, const char *path, int ret);

/* reader.c */

/**
 * reader_ask_fn - the answer to question @index, called @name; called in another process.
 *
 * That process knows what this one knew some time ago, and constants. Return: 0 and @text, new, or a
 * negative errno.
 */
typedef int reader_ask_fn(struct source *source, const void *context, size_t index,
			  const char *name, char **text, size_t *len);

/**
 * struct reader_questions - questions for a reader.
 * @context: for @ask, which gets a copy; 256 bytes at most
 * @names: of the @count questions: what names the same directory waits for the same thing
 * @with_rights: whether the reader keeps the privileges to read and to look
 */
struct reader_questions {
	reader_ask_fn *ask;
	const void *context;
	size_t context_len;
	char *const *names;
	size_t count;
	bool with_rights;
};

/**
 * reader_ask() - have @questions answered by another process.
 *
 * A question without an answer is -ETIMEDOUT, see source_patience().
 */
void reader_ask(struct source *source, const struct reader_questions *questions,
		struct source_answers *answers);

/**
 * reader_ask_one() - ask one question, whose answer is a JSON object or array.
 * @ask: gives a new reference, in another process
 *
 * Return: 0 and @answer, a new reference, or a negative errno.
 */
int reader_ask_one(struct source *source, const char *name,
		   json_t *(*ask)(struct source *source, const void *context), const void *context,
		   size_t context_len, json_t **answer);

/**
 * reader_begin() - make this process, which was just forked, one that reads for @parent.
 * @rights: bits of enum privilege that it keeps
 *
 * It ends with @parent, and no other process may look into it.
 */
void reader_begin(pid_t parent, unsigned int rights);

/**
 * reader_keep_descriptors() - close all descriptors but those in @kept, which get the lowest numbers.
 * @kept: @count pointers to them; a negative one is none
 */
void reader_keep_descriptors(int **kept, int count);

/** reader_has_ended() - wait for the end of the process @pid, for a while. Return: true if it came. */
bool reader_has_ended(pid_t pid, int *status);

/** reader_dismiss() - end all idle readers. */
void reader_dismiss(void);

/** reader_forget() - free what is known of readers that were abandoned. Only before a source goes. */
void reader_forget(struct source *source);

/* node.c */

/** owners_forget() - forget the names of users and groups that were asked for. */
void owners_forget(struct source *source);

/* files.c */

/** is_live() - tell if answers come from this machine. */
bool is_live(const struct source *source);

/** claims_parse() - find the claims in the text of /proc/iomem, which is changed. Pure. */
void claims_parse(char *text, struct source_claims *claims);

/** read_unrecorded() - read a file of this machine or the sysroot without recording it. */
int read_unrecorded(struct source *source, const char *path, char **text, size_t *len);

/** recorded_error() - return the recorded error of an operation, or 0. Only in a replay. */
int recorded_error(const struct source *source, const char *operation, const char *path);

/* replay.c: files of a capture */

/** replay_mark_dropped() - mark in the tree what a redaction dropped, by the facts that say so. */
void replay_mark_dropped(const struct source *source);

/**
 * replay_read() - copy the file @name at @from, as source_read() does.
 * @from: NULL for the root
 * @path: the same from the root
 */
int replay_read(const struct source *source, struct tree_node *from, const char *name,
		const char *path, char **text, size_t *len);

/** replay_directory() - find the directory @path, for @operation. */
int replay_directory(const struct source *source, const char *operation, const char *path,
		     struct tree_node **node);

/** replay_list() - list the directory @path, unsorted. */
int replay_list(const struct source *source, const char *path, struct source_list *list);

/** replay_link() - copy the target of the symbolic link @path. */
int replay_link(const struct source *source, const char *path, char **target);

/** replay_exists() - tell if @path is there, as source_exists() does. */
int replay_exists(const struct source *source, const char *path);

/* transcript.c */

/** errno_name() - return the name of an errno: "ENOENT" for 2 or -2. */
const char *errno_name(int error);

/** transcript_load() - read the transcript of the capture that is replayed. */
int transcript_load(struct source *source);

/** transcript_write() - add @line, and drop the reference. Only while recording. */
void transcript_write(struct source *source, json_t *line);

/** transcript_key() - return "OPERATION PATH", cleaned so that JSON can hold it. Free it. */
char *transcript_key(const char *operation, const char *path);

/** transcript_fact() - return the line written with {"fact": @key}, borrowed, or NULL. */
json_t *transcript_fact(const struct source *source, const char *key);

/**
 * transcript_next() - return the answer to @ask, which is next in the current section.
 *
 * The keys of @ask must be in the answer too, unless they were edited out.
 * Return: the answer, borrowed; NULL when there is none or another was recorded, and then the
 * problem is set.
 */
json_t *transcript_next(struct source *source, json_t *ask);

/** answer_result() - return "ret" of @answer, or minus its "errno"; -ENODATA for NULL. */
int answer_result(const json_t *answer);

/** answer_set_result() - write @ret (or -errno) down in @answer. */
void answer_set_result(json_t *answer, int ret);

/** json_address() - make a 64-bit number the string "0x…". New reference. */
json_t *json_address(uint64_t address);

/** json_u64() - return the value of json_address() or of a JSON number; 0 for anything else. */
uint64_t json_u64(const json_t *number);

/* answer.c */

/** json_text() - return a clean copy of the text called @key, or NULL. Free it. */
char *json_text(const json_t *object, const char *key);

/** json_set_text() - add @text to @object, unless it is NULL. */
void json_set_text(json_t *object, const char *key, const char *text);

/** fact_new() - make the line of the fact @key with the result @ret and @answer, dropped; or NULL. */
json_t *fact_new(const char *key, int ret, json_t *answer);

/** fact_end() - record that line, if this is wanted. */
void fact_end(struct source *source, const char *key, int ret, json_t *answer);

/** call_end() - record @ask, which has the answer in it by now, if this is wanted; and drop it. */
void call_end(struct source *source, json_t *ask);

/** number_at() - return the number of 1, 2, 4 or 8 bytes at @at, in the byte order of this machine. */
uint64_t number_at(const void *at, size_t width);

/** number_put() - put @number there, as number_at() reads it. */
void number_put(void *at, size_t width, uint64_t number);

/* holder.c */

/**
 * holders_check_namespace() - tell if the procfs at the open directory @proc is that of the host.
 *
 * Return: 0; -EXDEV where it, or this process, is of another PID namespace; -EACCES where that is not
 * for this process to see.
 */
int holders_check_namespace(int proc);

/** session_parse_stat() - find name and parent in the text of a /proc/PID/stat. Pure. */
bool session_parse_stat(const char *stat, char *name, size_t len, int *parent);

/**
 * session_parse_socket() - tell if @line of /proc/net/tcp or tcp6 is a connection of one of @inodes. Pure.
 * @text: set to the address of this host, of @len bytes
 */
bool session_parse_socket(const char *line, const unsigned long *inodes, size_t count, char *text,
			  size_t len);

/**
 * holder_parse_guest() - find the name of the guest in the arguments of QEMU. Pure.
 * @cmdline: @len bytes, as /proc/PID/cmdline has them, and a NUL behind
 *
 * Return: new; NULL where it has none, or is another program.
 */
char *holder_parse_guest(const char *cmdline, size_t len);

/** holder_parse_unit() - find the unit of systemd in the text of a /proc/PID/cgroup. Pure. New. */
char *holder_parse_unit(char *cgroups);

/* module.c */

/**
 * module_list_find() - set @where in each of @count @lookups that @text names. Pure.
 * @text: a modules.dep or a modules.builtin, of @len bytes
 */
void module_list_find(const char *text, size_t len, enum source_module where,
		      struct source_lookup *lookups, size_t count);

/* names.c */

/**
 * pci_ids_parse() - parse @text, the content of a pci.ids. Invalid lines are left out.
 * @text: taken over
 */
struct pci_ids *pci_ids_parse(char *text);

/** pci_ids_find() - find the names of @id. Clear @names with pci_names_clear(). */
void pci_ids_find(const struct pci_ids *ids, const struct pci_id *id, struct pci_names *names);

/** pci_ids_free() - free @ids; NULL is allowed. */
void pci_ids_free(struct pci_ids *ids);

/* unit.c */

/* How long systemd may take for all that is asked of it. */
#define UNIT_NANOSECONDS (3 * UINT64_C(1000000000))

/**
 * unit_ask() - ask systemd about the unit @name.
 * @address: of the bus, as D-Bus writes it
 * @nanoseconds: how long all of it may take
 * @unit: filled as far as it went, on errors too
 * @group: set to the unit's control group, "" where it has none; free it
 */
int unit_ask(const char *address, uint64_t nanoseconds, const char *name, struct source_unit *unit,
	     char **group);

/* netlink.c */

struct nlmsghdr;

/**
 * netlink_decode() - decode the fields of @shape in a message. Pure.
 * @message: of @len bytes at most; its own length is not trusted
 *
 * A field that is missing, too short or of another size than a number can have is left out.
 * Return: an object, a new reference; NULL where it is no message of that shape.
 */
json_t *netlink_decode(const struct netlink_shape *shape, const struct nlmsghdr *message,
		       size_t len);

/* trace.c */

struct perf_event_mmap_page;
struct tep_event;
struct tep_handle;

enum { TRACE_MAP, TRACE_UNMAP, TRACE_KINDS };

/**
 * struct source_trace - tracepoints that are followed.
 * @event: what their formats say, owned by @tep
 * @fd: an event a tracepoint; all write into the ring of the first
 * @data_len: bytes of the ring behind its first page, at least 64 KiB
 */
struct source_trace {
	struct source *source;
	struct tep_handle *tep;
	struct tep_event *event[TRACE_KINDS];
	int fd[TRACE_KINDS];
	struct perf_event_mmap_page *ring;
	size_t ring_len;
	size_t data_len;
};

/** trace_new() - make a trace that follows nothing yet. */
struct source_trace *trace_new(struct source *source);

/**
 * trace_set_format() - learn tracepoint @which from the @len bytes of its file 'format'.
 *
 * Return: 0; -EBADMSG for what is no format.
 */
int trace_set_format(struct source_trace *trace, int which, const char *text, size_t len);

/**
 * trace_read_ring() - take what the kernel wrote into the ring since the last call.
 * @lost: added to, for each that was dropped or makes no sense
 */
void trace_read_ring(struct source_trace *trace, struct trace_event **events, size_t *count,
		     uint64_t *lost);

/* record.c: the files of a capture */

/** record_file() - record the content of the file @path. */
void record_file(struct source *source, const char *path, const char *text, size_t len);

/** record_link() - record a symbolic link. */
void record_link(struct source *source, const char *path, const char *target);

/** record_directory() - record that @path is a directory. */
void record_directory(struct source *source, const char *path);

/** record_presence() - record that @path exists, without its content. */
void record_presence(struct source *source, const char *path);

/** record_error() - record that @operation on @path failed with @error. */
void record_error(struct source *source, const char *operation, const char *path, int error);

#endif
