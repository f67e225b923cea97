/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which ISM devices SMC-D uses, from the generic netlink family of SMC. */
#include "scan/netlink.h"

#include <linux/netlink.h>
#include <linux/smc.h>

#include "base/alloc.h"
#include "base/count.h"
#include "base/text.h"

static const struct netlink_attribute device_attributes[] = {
	{ .name = "address", .type = SMC_NLA_DEV_PCI_ID, .kind = NETLINK_TEXT },
	{ .name = "uses", .type = SMC_NLA_DEV_USE_CNT, .kind = NETLINK_NUMBER },
	{ .name = "critical", .type = SMC_NLA_DEV_IS_CRIT, .kind = NETLINK_NUMBER },
};

static const struct netlink_attribute attributes[] = {
	{ .type = SMC_GEN_DEV_SMCD,
	  .kind = NETLINK_NEST,
	  .nest = device_attributes,
	  .n_nest = COUNT(device_attributes) },
};

const struct netlink_shape netlink_smcd_shape = {
	.name = "smc-devices",
	.protocol = NETLINK_GENERIC,
	.family = SMC_GENL_FAMILY_NAME,
	.type = SMC_NETLINK_GET_DEV_SMCD,
	.answer = SMC_NETLINK_GET_DEV_SMCD,
	.attributes = attributes,
	.n_attributes = COUNT(attributes),
};

void netlink_smcds(struct source *source, struct net *net)
{
	struct source_messages *messages = NULL;
	int ret = source_netlink_dump(source, &netlink_smcd_shape, &messages);

	net->smcds_errno = -ret;
	if (ret < 0)
		return;
	for (size_t i = 0; i < source_messages_count(messages); i++) {
		struct smcd smcd = {
			.address = text_clean(xstrdup(source_message_text(messages, i, "address"))),
			.uses = (uint32_t)source_message_number(messages, i, "uses", 0),
			.is_critical = source_message_number(messages, i, "critical", 0),
		};

		if (smcd.address)
			APPEND(net->smcds, net->n_smcds, smcd);
	}
	source_messages_free(messages);
}
