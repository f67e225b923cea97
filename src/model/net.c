/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/net.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"

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

/* Places in one array, so that of two with one number the first one comes first. */
static int compare_numbers(const void *a, const void *b)
{
	const struct interface *one = *(struct interface *const *)a;
	const struct interface *two = *(struct interface *const *)b;

	if (one->index != two->index)
		return one->index < two->index ? -1 : 1;
	return one < two ? -1 : one > two;
}

struct interface **net_by_number(const struct net *net)
{
	struct interface **sorted = xcalloc(net->n_interfaces + 1, sizeof(*sorted));

	for (size_t i = 0; i < net->n_interfaces; i++)
		sorted[i] = &net->interfaces[i];
	qsort(sorted, net->n_interfaces, sizeof(*sorted), compare_numbers);
	return sorted;
}

struct interface *net_interface(struct interface *const *sorted, size_t count, uint32_t index)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (sorted[middle]->index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return index && low < count && sorted[low]->index == index ? sorted[low] : NULL;
}

/*
 * Walks from @upper downwards, each interface once. Downwards, since a VLAN is on top of one
 * interface, and thousands of VLANs may be on top of that; once, since a capture may hold
 * cycles, which the kernel does not build.
 */
bool net_is_above(const struct net *net, const struct interface *upper,
		  const struct interface *lower)
{
	_cleanup_free_ const struct interface **reached = xcalloc(net->n_interfaces + 1,
								  sizeof(*reached));
	_cleanup_free_ bool *seen = xcalloc(net->n_interfaces, sizeof(*seen));
	size_t n_reached = 1;

	reached[0] = upper;
	for (size_t r = 0; r < n_reached; r++) {
		for (size_t i = 0; i < net->n_interfaces; i++) {
			const struct interface *next = &net->interfaces[i];

			if (seen[i] || next == upper ||
			    !((next->master && reached[r]->index == next->master) ||
			      (reached[r]->lower && reached[r]->lower == next->index)))
				continue;
			if (next == lower)
				return true;
			seen[i] = true;
			reached[n_reached++] = next;
		}
	}
	return false;
}

bool net_is_essential(const struct net *net, const struct interface *interface)
{
	for (size_t i = 0; i < net->n_interfaces; i++) {
		const struct interface *upper = &net->interfaces[i];

		if ((upper->has_default_route || upper->has_session || upper->carries_root) &&
		    (upper == interface || net_is_above(net, upper, interface)))
			return true;
	}
	return false;
}

bool net_contains(const char *own, const char *address)
{
	_cleanup_free_ char *text = xstrndup(own, strcspn(own, "/"));
	const char *prefix = strchr(own, '/');
	unsigned char one[16] = { 0 }, two[16] = { 0 };
	int family = strchr(own, ':') ? AF_INET6 : AF_INET;
	uint64_t bits;

	if (!prefix || text_to_u64(prefix + 1, 10, &bits) < 0 ||
	    bits > (family == AF_INET ? 32u : 128u) || inet_pton(family, text, one) != 1 ||
	    inet_pton(family, address, two) != 1)
		return false;
	for (uint64_t bit = 0; bit < bits; bit++) {
		if ((one[bit / 8] ^ two[bit / 8]) & (0x80 >> bit % 8))
			return false;
	}
	return true;
}
