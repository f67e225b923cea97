/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The address at which the SSH session of the caller arrives: sudo strips what the environment says of it. */
#include "source/source.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/count.h"
#include "base/text.h"
#include "source/internal.h"

/* Processes above this one: a shell, sudo and its monitor, sshd. */
#define ANCESTORS_MAX 64
#define SOCKETS_MAX   64

#define TCP_ESTABLISHED 1

bool session_parse_stat(const char *stat, char *name, size_t len, int *parent)
{
	/* "812 (a name) S 1 …": the name may hold anything. */
	const char *begin = strchr(stat, '(');
	const char *end = strrchr(stat, ')');

	if (!begin || !end || end < begin || sscanf(end, ") %*c %d", parent) != 1)
		return false;
	snprintf(name, len, "%.*s", (int)(end - begin - 1), begin + 1);
	return true;
}

/*
 * The words of addresses are printed as numbers of the host, and are in network order.
 * Kernel: net/ipv4/tcp_ipv4.c, get_tcp4_sock(): 5.10, 6.1, 6.12, 7.3.
 */
static bool parse_address(const char *hex, char *text, size_t len)
{
	uint32_t words[4];
	size_t count = 0;

	while (count < COUNT(words) && sscanf(hex + count * 8, "%8x", &words[count]) == 1 &&
	       strspn(hex + count * 8, "0123456789ABCDEF") >= 8)
		count++;
	if (hex[count * 8] != ':')
		return false;
	if (count == 1)
		return inet_ntop(AF_INET, words, text, (socklen_t)len);
	if (count != COUNT(words))
		return false;
	/* An IPv4 address in a socket of IPv6 */
	if (!words[0] && !words[1] && words[2] == htonl(0xffff))
		return inet_ntop(AF_INET, &words[3], text, (socklen_t)len);
	return inet_ntop(AF_INET6, words, text, (socklen_t)len);
}

bool session_parse_socket(const char *line, const unsigned long *inodes, size_t count, char *text,
			  size_t len)
{
	char local[40];
	unsigned int state;
	unsigned long inode;

	if (sscanf(line, " %*d: %39s %*s %x %*s %*s %*s %*u %*u %lu", local, &state, &inode) != 3 ||
	    state != TCP_ESTABLISHED)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (inodes[i] == inode)
			return parse_address(local, text, len);
	}
	return false;
}

/* Sockets that process @pid has open. Return: their number, or a negative errno. */
static int find_sockets(int pid, unsigned long *inodes)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/fd", pid);
	_cleanup_dir_ DIR *dir = opendir(path);
	struct dirent *entry;
	int count = 0;

	if (!dir)
		return -errno;
	while (count < SOCKETS_MAX && (errno = 0, (entry = readdir(dir)))) {
		char target[64];
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		if (n < 0 && errno != EINVAL && errno != ENOENT)
			return -errno;
		target[n > 0 ? n : 0] = '\0';
		if (sscanf(target, "socket:[%lu]", &inodes[count]) == 1)
			count++;
	}
	return errno ? -errno : count;
}

/* Return: 0 and @local, -ENOENT where none of the sockets is a connection, or why that is not known. */
static int find_connection(int pid, const char *table, const unsigned long *inodes, size_t count,
			   char **local)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/net/%s", pid, table);
	_cleanup_file_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	/* A kernel without IPv6 has no such table. */
	if (!file)
		return -errno;
	while (getline(&line, &size, file) >= 0) {
		char text[INET6_ADDRSTRLEN];

		if (session_parse_socket(line, inodes, count, text, sizeof(text))) {
			*local = xstrdup(text);
			return 0;
		}
	}
	return -ENOENT;
}

static int session_of(int pid, char **local)
{
	unsigned long inodes[SOCKETS_MAX] = { 0 };
	int count = find_sockets(pid, inodes);
	int ret;

	if (count <= 0)
		return count < 0 ? count : -ENOENT;
	ret = find_connection(pid, "tcp", inodes, (size_t)count, local);
	return ret == -ENOENT ? find_connection(pid, "tcp6", inodes, (size_t)count, local) : ret;
}

static bool is_server(const char *name)
{
	return strcmp(name, "sshd") == 0 || text_starts(name, "sshd-") ||
	       strcmp(name, "dropbear") == 0;
}

static bool read_stat(int pid, char *name, size_t len, int *parent)
{
	_cleanup_free_ char *path = xasprintf("/proc/%d/stat", pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[512];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return session_parse_stat(text, name, len, parent);
}

/* The address of this host in the environment, kept because the environment is cleared. */
static char hint[INET6_ADDRSTRLEN];

void source_session_hint(const char *connection)
{
	/* "192.0.2.9 50112 192.0.2.7 22": client and server */
	if (!connection || sscanf(connection, "%*s %*s %45s", hint) != 1)
		*hint = '\0';
}

/* A terminal multiplexer is the child of no SSH server, and may be attached to one. */
static bool is_multiplexer(const char *name)
{
	static const char *const names[] = {
		"tmux", "screen", "SCREEN", "zellij", "dtach", "abduco"
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		if (text_starts(name, names[i]))
			return true;
	}
	return false;
}

static int find_session(char **local)
{
	int pid = getppid(), result = -ENOENT;

	for (unsigned int i = 0; pid > 1 && i < ANCESTORS_MAX; i++) {
		char name[64];
		int parent, ret;

		if (!read_stat(pid, name, sizeof(name), &parent))
			break;
		ret = is_server(name) ? session_of(pid, local) : -ENOENT;
		if (ret == 0)
			return 0;
		if (ret != -ENOENT)
			result = ret == -EPERM ? -EACCES : ret;
		else if (is_multiplexer(name))
			result = -ENODATA;
		pid = parent;
	}
	if (result < 0 && *hint) {
		*local = text_clean(xstrdup(hint));
		result = 0;
	}
	return result;
}

int source_session(struct source *source, char **local)
{
	json_t *fact;
	int ret;

	*local = NULL;
	if (source->mode == SOURCE_SYSROOT)
		return -EOPNOTSUPP;
	if (source->mode == SOURCE_REPLAY) {
		fact = transcript_fact(source, "ssh-session");
		*local = json_text(fact, "local");
		return answer_result(fact);
	}
	ret = find_session(local);
	fact_end(source, "ssh-session", ret, json_pack("{s:s*}", "local", *local));
	return ret;
}
