/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIODIAG_BASE_EXIT_H
#define VFIODIAG_BASE_EXIT_H

/**
 * enum exit_status - what vfiodiag says to the shell; documented in vfiodiag(8).
 * @EXIT_OBSERVED: the answer was reached, a verdict from observation
 * @EXIT_INFERRED: a verdict was reached, but only inferred
 * @EXIT_REFUSED: the live test failed, or a requirement did not hold
 * @EXIT_UNMEASURED: could not be measured; neither pass nor fail
 * @EXIT_BADUSAGE: wrong command line, nothing was done
 * @EXIT_UNWRITTEN: the file that --output names could not be written; a command that writes nothing
 *	but a file says EXIT_UNMEASURED. A service that has files written must tell a host of which
 *	nothing is known from a full disk
 */
enum exit_status {
	EXIT_OBSERVED = 0,
	EXIT_INFERRED = 1,
	EXIT_REFUSED = 2,
	EXIT_UNMEASURED = 3,
	EXIT_BADUSAGE = 64,
	EXIT_UNWRITTEN = 74,
};

#endif
