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

static uint32_t number_of(const struct interface *interface)
{
	return interface->index;
}

static uint32_t lower_of(const struct interface *interface)
{
	return interface->lower;
}

/* Places in one array, so that of two with one number the first one comes first. */
static int compare(const void *a, const void *b, uint32_t (*key)(const struct interface *interface))
{
	const struct interface *one = *(struct interface *const *)a;
	const struct interface *two = *(struct interface *const *)b;

	if (key(one) != key(two))
		return key(one) < key(two) ? -1 : 1;
	return one < two ? -1 : one > two;
}

static int compare_numbers(const void *a, const void *b)
{
	return compare(a, b, number_of);
}

static int compare_lowers(const void *a, const void *b)
{
	return compare(a, b, lower_of);
}

static struct interface **sorted_by(const struct net *net,
				    int (*order)(const void *one, const void *two))
{
	struct interface **sorted = xcalloc(net->n_interfaces + 1, sizeof(*sorted));

	for (size_t i = 0; i < net->n_interfaces; i++)
		sorted[i] = &net->interfaces[i];
	qsort(sorted, net->n_interfaces, sizeof(*sorted), order);
	return sorted;
}

struct interface **net_by_number(const struct net *net)
{
	return sorted_by(net, compare_numbers);
}

/* Place of the first of @count @sorted interfaces whose @key is not below @number. */
static size_t first_from(struct interface *const *sorted, size_t count, uint32_t number,
			 uint32_t (*key)(const struct interface *interface))
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (key(sorted[middle]) < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct interface *net_interface(struct interface *const *sorted, size_t count, uint32_t index)
{
	size_t at = first_from(sorted, count, index, number_of);

	return index && at < count && sorted[at]->index == index ? sorted[at] : NULL;
}

void net_index_make(struct net_index *index, const struct net *net)
{
	index->net = net;
	index->by_number = net_by_number(net);
	index->by_lower = sorted_by(net, compare_lowers);
	index->seen = xcalloc(net->n_interfaces + 1, sizeof(*index->seen));
	index->reached = xcalloc(net->n_interfaces + 1, sizeof(*index->reached));
	index->n_reached = 0;
}

void net_index_clear(struct net_index *index)
{
	free(index->by_number);
	free(index->by_lower);
	free(index->seen);
	free(index->reached);
	*index = (struct net_index){ 0 };
}

/* Reach all that have the @key @number, which is that of no interface if it is 0. */
static void reach(struct net_index *index, struct interface *const *sorted, uint32_t number,
		  uint32_t (*key)(const struct interface *interface))
{
	const struct net *net = index->net;
	size_t at = number ? first_from(sorted, net->n_interfaces, number, key) : net->n_interfaces;

	for (; at < net->n_interfaces && key(sorted[at]) == number; at++) {
		bool *seen = &index->seen[sorted[at] - net->interfaces];

		if (!*seen)
			index->reached[index->n_reached++] = sorted[at];
		*seen = true;
	}
}

/*
 * Reach @interface, which is the first, and all on top of it. Each is reached once, since a capture may
 * hold cycles, which the kernel does not build.
 */
static void climb(struct net_index *index, const struct interface *interface)
{
	index->reached[0] = interface;
	index->n_reached = 1;
	index->seen[interface - index->net->interfaces] = true;
	for (size_t i = 0; i < index->n_reached; i++) {
		const struct interface *lower = index->reached[i];

		reach(index, index->by_number, lower->master, number_of);
		reach(index, index->by_lower, lower->index, lower_of);
	}
	for (size_t i = 0; i < index->n_reached; i++)
		index->seen[index->reached[i] - index->net->interfaces] = false;
}

static int compare_places(const void *a, const void *b)
{
	const struct interface *one = *(const struct interface *const *)a;
	const struct interface *two = *(const struct interface *const *)b;

	return one < two ? -1 : one > two;
}

const struct interface **net_above(struct net_index *index, const struct interface *interface,
				   size_t *count)
{
	const struct interface **above;

	climb(index, interface);
	*count = index->n_reached - 1;
	above = xcalloc(*count, sizeof(*above));
	memcpy(above, index->reached + 1, *count * sizeof(*above));
	qsort(above, *count, sizeof(*above), compare_places);
	return above;
}

bool net_is_below(struct net_index *index, const struct interface *interface,
		  bool (*is)(const struct interface *interface))
{
	climb(index, interface);
	for (size_t i = 0; i < index->n_reached; i++) {
		if (is(index->reached[i]))
			return true;
	}
	return false;
}

static bool is_vital(const struct interface *interface)
{
	return interface->has_default_route || interface->has_session || interface->carries_root;
}

bool net_is_essential(struct net_index *index, const struct interface *interface)
{
	return net_is_below(index, interface, is_vital);
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
