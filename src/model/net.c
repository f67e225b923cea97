/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/net.h"

#include <stdlib.h>

void net_clear(struct net *net)
{
	for (size_t i = 0; i < net->n_interfaces; i++) {
		struct interface *interface = &net->interfaces[i];

		for (size_t a = 0; a < interface->n_addresses; a++)
			free(interface->addresses[a]);
		free(interface->addresses);
		free(interface->name);
		free(interface->kind);
	}
	for (size_t i = 0; i < net->n_smcds; i++)
		free(net->smcds[i].address);
	free(net->interfaces);
	free(net->smcds);
	*net = (struct net){ 0 };
}

struct interface *net_interface(const struct net *net, uint32_t index)
{
	for (size_t i = 0; index && i < net->n_interfaces; i++) {
		if (net->interfaces[i].index == index)
			return &net->interfaces[i];
	}
	return NULL;
}

/*
 * Whether one of the interfaces between is reached in @steps. More steps than interfaces would be a
 * circle, which the kernel does not build but a capture may hold.
 */
static bool is_above(const struct net *net, const struct interface *upper,
		     const struct interface *lower, size_t steps)
{
	if (!steps)
		return false;
	for (size_t i = 0; i < net->n_interfaces; i++) {
		const struct interface *next = &net->interfaces[i];

		if (next != lower &&
		    (next->index == lower->master || next->lower == lower->index) &&
		    (next == upper || is_above(net, upper, next, steps - 1)))
			return true;
	}
	return false;
}

/* Stacks are flat: a VLAN on a bridge on a bond on its ports has four. */
#define DEEPEST 8

bool net_is_above(const struct net *net, const struct interface *upper,
		  const struct interface *lower)
{
	return is_above(net, upper, lower, DEEPEST);
}
