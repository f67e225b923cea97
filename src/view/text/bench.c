/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cost of mapping, for people. */
#include "view/answer.h"

#include <inttypes.h>
#include <langinfo.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "iova/words.h"
#include "view/text/printer.h"
#include "view/words.h"

/* Cells of the longest bar. */
#define CELLS 32

/** struct chart - how bars are drawn: the cost of the longest, and what a cell looks like. */
struct chart {
	double most;
	uint64_t unit;
	const char *map;
	const char *unmap;
};

static double each(const struct chart *chart, uint64_t nanoseconds, const struct bench_point *point)
{
	return bench_each(nanoseconds, point->size, chart->unit);
}

static double both(const struct chart *chart, const struct bench_point *point)
{
	return each(chart, point->map.median, point) + each(chart, point->unmap.median, point);
}

/* One scale for all, so that kinds of pages can be compared. */
static struct chart make_chart(const struct bench *bench, uint64_t unit)
{
	bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	struct chart chart = {
		.unit = unit,
		.map = utf8 ? "\u2588" : "#",
		.unmap = utf8 ? "\u2591" : "-",
	};

	for (size_t i = 0; i < bench->n_series; i++) {
		for (size_t n = 0; n < bench->series[i].n_points; n++) {
			double cost = both(&chart, &bench->series[i].point[n]);

			chart.most = cost > chart.most ? cost : chart.most;
		}
	}
	return chart;
}

static unsigned int cells_of(const struct chart *chart, double cost)
{
	return chart->most > 0 ? (unsigned int)(cost * CELLS / chart->most + 0.5) : 0;
}

static void print_cells(const struct printer *p, const char *cell, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		fputs(cell, p->out);
}

static void print_point(const struct printer *p, const struct chart *chart,
			const struct bench_point *point)
{
	unsigned int map = cells_of(chart, each(chart, point->map.median, point));
	unsigned int all = cells_of(chart, both(chart, point));
	char size[16];

	fprintf(p->out, "  %9s %9.1f %9.1f %12.1f", words_of_bytes(size, sizeof(size), point->size),
		each(chart, point->map.median, point), each(chart, point->unmap.median, point),
		each(chart, point->populate, point));
	if (all) {
		fprintf(p->out, "  %s", p->yellow);
		print_cells(p, chart->map, map);
		fputs(p->plain, p->out);
		print_cells(p, chart->unmap, all - map);
	}
	fputc('\n', p->out);
}

/* Below the times, as there may be many sizes. */
static void print_entries(const struct printer *p, const struct bench_point *point)
{
	_cleanup_free_ char *counts = words_entry_counts(&point->entries);

	fprintf(p->out, "  %9s   entries: %s%s\n", "",
		point->entries.is_known ? counts : "not known: ",
		point->entries.is_known ? "" : words_or_unknown(point->entries.reason));
}

/* "4 KiB pages", "transparent huge pages of 2 MiB". @text: room for 48. */
static const char *pages_text(char *text, size_t len, const struct bench_series *series)
{
	char size[16];

	words_of_bytes(size, sizeof(size), series->page);
	if (series->pages == BENCH_BASE)
		snprintf(text, len, "%s pages", size);
	else
		snprintf(text, len, "%s%s%s",
			 series->pages == BENCH_TRANSPARENT ? "transparent huge pages"
							    : "explicit huge pages",
			 series->page ? " of " : "", series->page ? size : "");
	return text;
}

/* Unit and heading of the columns, and legend of the bars. */
static void print_chart(const struct printer *p, const struct bench_answer *answer)
{
	const struct bench *bench = answer->bench;
	struct chart chart = make_chart(bench, answer->host->page_size);
	char unit[16];

	if (bench_is_measured(bench))
		fprintf(p->out,
			"\n  Nanoseconds per %s of memory (median of %u rounds)\n"
			"  %9s %9s %9s %12s  %s%s%s map %s unmap\n",
			words_of_bytes(unit, sizeof(unit), chart.unit), bench->rounds, "size",
			"map", "unmap", "first touch", p->yellow, chart.map, p->plain, chart.unmap);
	for (size_t i = 0; i < bench->n_series; i++) {
		const struct bench_series *series = &bench->series[i];
		char pages[48];

		fprintf(p->out, "\n  %s%s%s\n", p->bold, pages_text(pages, sizeof(pages), series),
			p->plain);
		for (size_t n = 0; n < series->n_points; n++) {
			print_point(p, &chart, &series->point[n]);
			if (bench->has_entries)
				print_entries(p, &series->point[n]);
		}
		if (series->reason)
			fprintf(p->out, "    %s%s%s%s\n", p->yellow,
				series->n_points ? "stopped: " : "not measured: ", p->plain,
				series->reason);
		if (series->hint)
			printer_fix(p, 6, series->hint);
	}
}

int write_bench_text(FILE *out, const struct bench_answer *answer,
		     const struct view_options *options)
{
	struct printer printer = printer_make(out, options);
	const struct bench *bench = answer->bench;
	const struct probe *probe = bench->probe;
	char size[16];

	printer_host(&printer, answer->host);
	fputc('\n', printer.out);
	printer_group(&printer, "Cost of mapping in group", probe->group, ", container type ",
		      probe->backend ? backend_name(probe->backend) : NULL);
	if (bench->has_window)
		fprintf(printer.out,
			"  pinned at 0x%" PRIx64 " - 0x%" PRIx64 ", at most %s at once\n",
			bench->window.start, bench->window.end,
			words_of_bytes(size, sizeof(size), bench->limit.bytes));
	if (bench->has_window)
		print_chart(&printer, answer);
	printer_failure(&printer, "\n", bench_is_measured(bench) ? "ended early:" : "not measured:",
			&probe->failure);
	for (size_t i = 0; i < bench->n_series; i++) {
		struct bench_estimate estimate = bench_estimate(&bench->series[i], answer->memory);
		char pages[48], pin[16], touch[16], unpin[16];

		if (!estimate.known)
			continue;
		fprintf(printer.out,
			"\nPinning a guest of %s takes about %s%s%s on this host with %s;\n"
			"  touching memory that is not preallocated takes %s more; unpinning takes "
			"%s\n",
			words_of_bytes(size, sizeof(size), answer->memory), printer.bold,
			text_duration(pin, sizeof(pin), estimate.map), printer.plain,
			pages_text(pages, sizeof(pages), &bench->series[i]),
			text_duration(touch, sizeof(touch), estimate.populate),
			text_duration(unpin, sizeof(unpin), estimate.unmap));
	}
	return printer_end(&printer, out);
}
