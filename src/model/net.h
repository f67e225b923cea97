/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_NET_H
#define VFIODIAG_MODEL_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device;

/**
 * struct interface - a network interface of this network namespace.
 * @kind: kind of a virtual interface ("bridge", "bond", "vlan"); NULL for hardware
 * @master: index of the interface of which it is a port; 0 for none
 * @lower: index of the interface on which it stands (a VLAN's); 0 for none
 * @is_up: switched on (IFF_UP)
 * @addresses: "192.0.2.7/24"; link-local ones are left out, since every interface has one
 * @has_default_route: a default route of the main table goes out there
 * @has_session: the SSH session of the caller arrives there
 * @carries_root: the root file system is, or may be, reached through it
 * @device: the device of the interface; NULL if there is none
 */
struct interface {
	uint32_t index;
	char *name;
	char *kind;
	uint32_t master;
	uint32_t lower;
	bool is_up;
	char **addresses;
	size_t n_addresses;
	bool has_default_route;
	bool has_session;
	bool carries_root;
	const struct device *device;
};

/**
 * struct smcd - an ISM device that SMC-D uses.
 * @address: PCI address
 * @uses: link groups on it
 */
struct smcd {
	char *address;
	uint32_t uses;
	bool is_critical;
};

/**
 * struct net - the network of a host, as far as it says who uses a device.
 * @interfaces_errno: why they are not known; 0 where they are
 * @routes_errno: why it is not known where a default route goes out; 0 where it is known of all
 * @session_errno: why it is not known where the caller's SSH session arrives; 0 where it is known, or
 *	where there is none
 * @smcds_errno: ENOENT where the kernel has no SMC now
 */
struct net {
	struct interface *interfaces;
	size_t n_interfaces;
	int interfaces_errno;
	int routes_errno;
	int session_errno;
	struct smcd *smcds;
	size_t n_smcds;
	int smcds_errno;
};

/** net_clear() - free all in @net. */
void net_clear(struct net *net);

/**
 * net_by_number() - the interfaces of @net sorted by their numbers, for net_interface().
 *
 * It holds until an interface is added. Free the array.
 */
struct interface **net_by_number(const struct net *net);

/**
 * net_interface() - the interface with number @index among @count that are @sorted, or NULL.
 *
 * Of two with one number, which no kernel has, it is the first in the net.
 */
struct interface *net_interface(struct interface *const *sorted, size_t count, uint32_t index);

/**
 * struct net_index - the interfaces of a net by what they are on, for net_above().
 * @by_number: net_by_number()
 * @by_lower: sorted by the number of the interface they are on
 * @seen: one flag for each interface, none of which is set between two calls
 * @reached: what the last call reached
 */
struct net_index {
	const struct net *net;
	struct interface **by_number;
	struct interface **by_lower;
	bool *seen;
	const struct interface **reached;
	size_t n_reached;
};

/**
 * net_index_make() - make the index of @net, which must stay as it is as long as the index is used.
 *
 * To be freed by net_index_clear().
 */
void net_index_make(struct net_index *index, const struct net *net);

/** net_index_clear() - free the members of @index. */
void net_index_clear(struct net_index *index);

/**
 * net_above() - all interfaces on top of @interface, directly or with others between.
 * @count: their number
 *
 * A bond or bridge stands on its ports, a VLAN on its interface. They are in the order of the net, each once,
 * and @interface, which must be one of the net, is none of them. Free the array.
 */
const struct interface **net_above(struct net_index *index, const struct interface *interface,
				   size_t *count);

/** net_is_below() - tell whether @is holds for @interface, or for one on top of it. */
bool net_is_below(struct net_index *index, const struct interface *interface,
		  bool (*is)(const struct interface *interface));

/**
 * net_is_essential() - tell whether the host is cut off without @interface: the default route, the
 * caller's SSH session or the root file system goes through it, or through one on top of it.
 */
bool net_is_essential(struct net_index *index, const struct interface *interface);

/**
 * net_contains() - tell whether @address, "192.0.2.1", is in the network of @own, "192.0.2.7/24".
 */
bool net_contains(const char *own, const char *address);

#endif
