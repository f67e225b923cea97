/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/pci_address.h"

#include <string.h>

/* A hexadecimal number of @min to @max digits that ends with @end. Return: what follows, or NULL. */
static const char *parse_part(const char *text, size_t min, size_t max, char end, uint32_t *part)
{
	size_t len = 0;

	*part = 0;
	for (; len < max; len++) {
		char c = text[len];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			break;
		*part = *part << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	if (len < min || text[len] != end)
		return NULL;
	return text + len + (end != '\0');
}

bool pci_address_parse(const char *text, struct pci_address *address)
{
	uint32_t domain, bus, slot, function;

	if (!(text = parse_part(text, 4, 8, ':', &domain)) ||
	    !(text = parse_part(text, 2, 2, ':', &bus)) ||
	    !(text = parse_part(text, 2, 2, '.', &slot)) || slot > 0x1f ||
	    !parse_part(text, 1, 1, '\0', &function) || function > 7)
		return false;
	*address = (struct pci_address){ domain, (uint8_t)bus, (uint8_t)slot, (uint8_t)function };
	return true;
}

uint64_t pci_address_key(const char *text)
{
	struct pci_address address;

	if (!pci_address_parse(text, &address))
		return UINT64_MAX;
	return (uint64_t)address.domain << 16 | (uint64_t)address.bus << 8 |
	       (uint64_t)address.slot << 3 | address.function;
}

int pci_address_compare(const char *one, const char *two)
{
	uint64_t first = pci_address_key(one), second = pci_address_key(two);
	int order;

	if (first != second)
		return first < second ? -1 : 1;
	order = strverscmp(one, two);
	/* "1" and "01" are one number and two names. */
	return order ? order : strcmp(one, two);
}
