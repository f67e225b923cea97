/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes as they happen. Nothing of it is recorded: a capture is one moment. */
#include "source/source.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "base/alloc.h"
#include "source/internal.h"

/* The kernel's own messages; udev sends on group 2 (lib/kobject_uevent.c). */
#define KERNEL_GROUP 1

/* Bytes that may wait: a host's worth of devices in one go. */
#define BUFFER (4 << 20)

/**
 * struct source_uevents - two sockets.
 * @changes: of the network; only that there was one matters, so losing some does no harm
 */
struct source_uevents {
	struct nl_sock *devices;
	struct nl_sock *changes;
};

static struct nl_sock *open_socket(int protocol, uint32_t groups)
{
	struct nl_sock *socket = nl_socket_alloc();

	if (!socket)
		out_of_memory();
	nl_join_groups(socket, (int)groups);
	errno = 0;
	if (nl_connect(socket, protocol) < 0 || nl_socket_set_nonblocking(socket) < 0) {
		int error = errno;

		nl_socket_free(socket);
		errno = error ? error : EIO;
		return NULL;
	}
	/* Beyond the limit for everybody where root may (net.core.rmem_max). */
	nl_socket_set_buffer_size(socket, BUFFER, 0);
	if (setsockopt(nl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUFFORCE, &(int){ BUFFER },
		       sizeof(int)) < 0)
		errno = 0;
	return socket;
}

int source_uevents_open(struct source *source, struct source_uevents **uevents)
{
	struct source_uevents *opened;
	int error;

	if (source->mode != SOURCE_LIVE)
		return -EOPNOTSUPP;
	opened = xcalloc(1, sizeof(*opened));
	opened->devices = open_socket(NETLINK_KOBJECT_UEVENT, KERNEL_GROUP);
	if (opened->devices)
		opened->changes = open_socket(
			NETLINK_ROUTE, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
					       RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE);
	if (!opened->changes) {
		error = errno;
		source_uevents_close(opened);
		return -error;
	}
	*uevents = opened;
	return 0;
}

int source_uevents_wait(struct source_uevents *uevents, int milliseconds)
{
	struct pollfd sockets[] = {
		{ .fd = nl_socket_get_fd(uevents->devices), .events = POLLIN },
		{ .fd = nl_socket_get_fd(uevents->changes), .events = POLLIN },
	};
	struct timespec timeout = { .tv_sec = milliseconds / 1000,
				    .tv_nsec = milliseconds % 1000 * 1000000L };
	sigset_t none;
	int ret;

	sigemptyset(&none);
	ret = ppoll(sockets, 2, milliseconds < 0 ? NULL : &timeout, &none);
	return ret < 0 ? -errno : ret;
}

/* One message of @socket. Return: its length, 0 for none, -ENOBUFS where some were dropped. */
static int receive(struct nl_sock *socket, struct sockaddr_nl *from, unsigned char **message)
{
	int ret = nl_recv(socket, from, message, NULL);

	if (ret >= 0)
		return ret;
	/* libnl says ENOBUFS as NLE_NOMEM (nl_syserr2nlerr()). */
	return ret == -NLE_NOMEM ? -ENOBUFS : 0;
}

int source_uevents_next(struct source_uevents *uevents, char **text, size_t *len)
{
	for (;;) {
		unsigned char *message = NULL;
		struct sockaddr_nl from = { 0 };
		int ret = receive(uevents->devices, &from, &message);

		if (ret <= 0)
			return ret < 0 ? ret : -EAGAIN;
		/* Anybody with CAP_NET_ADMIN can send; the kernel has no port. */
		if (from.nl_pid == 0 && from.nl_groups == KERNEL_GROUP) {
			*text = (char *)message;
			*len = (size_t)ret;
			return 0;
		}
		free(message);
	}
}

bool source_uevents_net_changed(struct source_uevents *uevents)
{
	bool changed = false;
	int ret;

	do {
		unsigned char *message = NULL;
		struct sockaddr_nl from;

		ret = receive(uevents->changes, &from, &message);
		changed |= ret != 0;
		free(message);
	} while (ret > 0);
	return changed;
}

void source_uevents_close(struct source_uevents *uevents)
{
	if (!uevents)
		return;
	nl_socket_free(uevents->devices);
	nl_socket_free(uevents->changes);
	free(uevents);
}
