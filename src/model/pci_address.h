/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_MODEL_PCI_ADDRESS_H
#define VFIODIAG_MODEL_PCI_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Domains that firmware numbers have 16 bits; VMD takes the first free one above (vmd_find_free_domain()). */
#define PCI_DOMAIN_MAX 0xffff

/** struct pci_address - the parts of "0000:00:1f.6". */
struct pci_address {
	uint32_t domain;
	uint8_t bus;
	uint8_t slot;
	uint8_t function;
};

/** pci_address_parse() - parse @text, which the kernel wrote. Pure. Return: true if it is an address. */
bool pci_address_parse(const char *text, struct pci_address *address);

/**
 * pci_address_key() - a number that sorts as the address @text does: domain, bus, slot, function.
 *
 * Return: UINT64_MAX for a name that is no PCI address.
 */
uint64_t pci_address_key(const char *text);

/**
 * pci_address_compare() - compare two names of devices, as strcmp() does.
 *
 * Addresses are numbers in hexadecimal, so 14 is before 17 and 1a. Names of other buses come behind.
 */
int pci_address_compare(const char *one, const char *two);

#endif
