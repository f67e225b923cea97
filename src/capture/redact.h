/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_CAPTURE_REDACT_H
#define VFIODIAG_CAPTURE_REDACT_H

#include <stdbool.h>
#include <stdio.h>

#include "capture/capture.h"
#include "base/writer.h"

/*
 * Redacting a capture keeps what is known to be harmless and drops the rest. Nothing is searched for:
 * each file, each fact and each of their fields has a line in a table that says what it may hold.
 * Names that have to stay distinct become stand-ins, the same name the same stand-in everywhere.
 *
 *	harmless.c	the words and shapes that are kept
 *	redactor.c	stand-ins
 *	places.c	the table of files, directories and links
 *	contents.c	what is kept of files
 *	lines.c		the table of the transcript's lines
 *	redact.c	all of it, applied to a capture
 */

/* Harmless words */

/** enum vocabulary - words of one kind that do not identify a host. */
enum vocabulary {
	WORDS_NONE,
	WORDS_USERS,
	WORDS_HOSTS,
	WORDS_NAMES, /* the kernel's names of devices, interfaces, disks, IOMMUs and their files */
	WORDS_DRIVERS, /* drivers and modules */
	WORDS_PARAMETERS,
	WORDS_TABLES, /* of ACPI */
	WORDS_MOUNTS,
	WORDS_FILE_SYSTEMS,
	WORDS_CGROUPS,
	WORDS_NODES, /* in /dev/vfio */
	WORDS_CHIPS,
	WORDS_LINKS, /* kinds of network interfaces */
	WORDS_MACHINES,
	WORDS_VENDORS,
	WORDS_PRODUCTS,
	WORDS_RELEASE, /* parts of a kernel's release */
	WORDS_BUILD,   /* parts of a kernel's version */
	WORDS_OPTIONS, /* of the kernel command line, whose values are kept */
	WORDS_NAMED,   /* of the kernel command line, whose values are dropped */
	WORDS_VALUES,  /* of options */
	WORDS_IDS,     /* of PCI devices */
	WORDS_REGIONS,
	WORDS_GROUP_TYPES,
	WORDS_HYPERVISORS,
	WORDS_GROUP_NAMES,
	WORDS_LOCKDOWN,
	WORDS_POWER,	/* states of a device */
	WORDS_RESETS,	/* ways to reset one */
	WORDS_COUNTERS, /* keys of /proc/meminfo and of /proc/PID/status */
	WORDS_DUMPS,	/* of netlink */
	WORDS_ENTRIES,	/* of a page table */
	WORDS_STATES,	/* of modules and watchdogs */
	WORDS_CONSOLES,
	WORDS_DISPLAYS, /* on which consoles are */
	WORDS_PLACES,	/* of processes */
	WORDS_UNITS,
	WORDS_REQUESTS, /* ioctls */
	WORDS_FIELDS,	/* of structures */
	WORDS_PAGES,
	WORDS_EVENTS,
	WORDS_BACKENDS,
	WORDS_VERSIONS, /* of this program */
	WORDS_TIMES,
	WORDS_MODES, /* permissions, in octal digits */
	WORDS_SLOTS, /* addresses of PCI devices */
	WORDS_FRAMES,
	WORDS_REGISTERS, /* of an IOMMU, and what zPCI says of a function */
	WORDS_DEVICE_NUMBERS,
	VOCABULARIES,
};

/** struct dictionary - all vocabularies, made for being looked up in. */
struct dictionary;

/** dictionary_new() - make the dictionary of all words. */
struct dictionary *dictionary_new(void);

/** dictionary_free() - free @dictionary; NULL is allowed. */
void dictionary_free(struct dictionary *dictionary);

/** dictionary_has() - tell if @text is a word of that kind, or has one of its shapes. */
bool dictionary_has(const struct dictionary *dictionary, enum vocabulary vocabulary,
		    const char *text);

/**
 * shape_matches() - tell if @text matches @shape.
 * @shape: '#' is a decimal number of up to 5 digits, '&' one of up to 10, '$' a hexadecimal one of up
 *	to 16 (lower case), '?' one hexadecimal digit, '~' one lower case letter, "[…]" may be left
 *	out; all else is itself
 */
bool shape_matches(const char *shape, const char *text);

/* Texts that are made */

/* Stand-ins */

/** enum name_kind - names that are replaced, each kind by stand-ins of its own. */
enum name_kind {
	NAME_HOST,
	NAME_USER, /* groups too */
	NAME_PROCESS,
	NAME_GUEST, /* virtual machines */
	NAME_IPV4,
	NAME_IPV6,
	NAME_INTERFACE,
	NAME_DISK,
	NAME_DEVICE,
	NAME_VOLUME, /* of the device mapper */
	NAME_DRIVER,
	NAME_MODULE,
	NAME_PARAMETER,
	NAME_MOUNT,
	NAME_CGROUP,
	NAME_LIMITS, /* files of limits.d */
	NAME_UNIT,
	NAME_NODE,
	NAME_TABLE,
	NAME_CHIP,
	NAME_LINK,
	NAME_KINDS,
};

/** enum dropped - what has no line in a table, or does not hold what its line allows. */
enum dropped {
	DROPPED_PLACES,	  /* files, directories and links */
	DROPPED_CONTENTS, /* of files and links */
	DROPPED_LINES,	  /* of the transcript */
	DROPPED_FIELDS,
	DROPPED_KINDS,
};

/** struct redactor - all that has been replaced so far. */
struct redactor;

/** redactor_new() - make a redactor that has replaced nothing yet. */
struct redactor *redactor_new(void);

/** redactor_free() - free @redactor; NULL is allowed. */
void redactor_free(struct redactor *redactor);

/** redactor_knows() - do dictionary_has() with its dictionary. */
bool redactor_knows(const struct redactor *redactor, enum vocabulary vocabulary, const char *text);

/**
 * redactor_name() - return @name itself if it is harmless, else its stand-in.
 *
 * No two names of kinds that share a place (interfaces, disks, devices) get one stand-in, no
 * harmless name looks like one, and no name stands for itself. Return: the redactor's own, or @name.
 */
const char *redactor_name(struct redactor *redactor, enum name_kind kind, const char *name);

/** redactor_address() - do the same for an IP address in text; NULL where @text is none. */
const char *redactor_address(struct redactor *redactor, const char *text);

/** redactor_drop() - count an item that was dropped. */
void redactor_drop(struct redactor *redactor, enum dropped kind);

/**
 * redactor_summary() - count the stand-ins of each kind, and how much was dropped. New reference.
 */
json_t *redactor_summary(const struct redactor *redactor);

/* Places */

/**
 * enum content - what a file may hold, and so how it is redacted.
 */
enum content {
	CONTENT_NONE,	/* nothing that is read */
	CONTENT_FORMAT, /* what a replay has no use for */
	CONTENT_HOST,
	CONTENT_RELEASE,
	CONTENT_BUILD,
	CONTENT_VENDOR,
	CONTENT_PRODUCT,
	CONTENT_CMDLINE,
	CONTENT_NUMBER,	  /* one number, or "max", "Y", "N" */
	CONTENT_REGISTER, /* in hexadecimal */
	CONTENT_NUMBERS,  /* lines of them */
	CONTENT_DEVICE_NUMBER,
	CONTENT_COUNTERS, /* lines such as "MemFree: 12 kB" */
	CONTENT_RLIMITS,
	CONTENT_CGROUPS,
	CONTENT_MOUNTS,
	CONTENT_SWAPS,
	CONTENT_LIMITS,
	CONTENT_UEVENT,
	CONTENT_CONFIG,
	CONTENT_DRIVER,
	CONTENT_VOLUME,
	CONTENT_CONSOLES, /* "tty0 ttyS0" */
	CONTENT_DISPLAY,  /* "(M) frame buffer device", of a console */
	CONTENT_STATE,	  /* of a watchdog */
	CONTENT_MOUNT,	  /* a path, which is replaced as a whole */
	CONTENT_REGIONS,
	CONTENT_GROUP_TYPE,
	CONTENT_HYPERVISOR,
	CONTENT_GROUP_NAME,
	CONTENT_CHIP,
	CONTENT_CHOICE, /* "always [madvise] never" */
	CONTENT_POWER,
	CONTENT_RESETS,
	CONTENT_KINDS,
};

/** struct place - a place in the tree of files, as the table knows it. */
struct place;

/** places_root() - return the place of "/". */
const struct place *places_root(const struct redactor *redactor);

/**
 * place_below() - return the place called @name in @place.
 *
 * Return: NULL where the table knows none.
 */
const struct place *place_below(const struct place *place, const char *name);

/** place_content() - return what a file there may contain. */
enum content place_content(const struct place *place);

/**
 * place_name() - return the redacted name of a file, directory or link.
 * @name: its name, and @directory that of the directory it is in
 *
 * Return: the redactor's own, or @name; NULL where it is dropped.
 */
const char *place_name(struct redactor *redactor, const struct place *place, const char *directory,
		       const char *name);

/** places_new() - make the table of places. */
struct place *places_new(void);

/** places_free() - free @places; NULL is allowed. */
void places_free(struct place *root);

/** redactor_path() - redact the absolute path @path. New; NULL where it is dropped. */
char *redactor_path(struct redactor *redactor, const char *path);

/** redactor_target() - redact the target of a link in the directory @directory, likewise. */
char *redactor_target(struct redactor *redactor, const char *directory, const char *target);

/* Contents */

/**
 * redactor_content() - redact the content of a file.
 * @len: set to the bytes of the result
 *
 * Return: new; NULL where the file does not hold what it may.
 */
char *redactor_content(struct redactor *redactor, enum content content, const char *text,
		       size_t *len);

/** redactor_cmdline() - redact the kernel command line, split as the kernel does. New. */
char *redactor_cmdline(struct redactor *redactor, const char *text);

/** redactor_release(), redactor_build() - what uname(2) says, without words that are not known. New. */
char *redactor_release(struct redactor *redactor, const char *text);
char *redactor_build(struct redactor *redactor, const char *text);

/** redact_config() - clear all of a PCI configuration space that is not known to be harmless. */
void redact_config(unsigned char *bytes, size_t len);

/* Lines of the transcript */

/**
 * redactor_line() - redact @line.
 * @names: tells which names of PCI devices are public, or NULL
 *
 * Return: a new reference; NULL where the line is dropped.
 */
json_t *redactor_line(struct redactor *redactor, json_t *line, const struct public_names *names);

#endif
