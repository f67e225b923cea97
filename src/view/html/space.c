/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drawings of the IOVA spaces of groups: one band for each part, low addresses at the top. No scale
 * shows both a megabyte and 16 EiB: the height of a band grows with the logarithm of its size.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "base/writer.h"
#include "iova/reason.h"
#include "view/html/html.h"

/* In pixels, where the page is wide enough. */
#define WIDTH	   350u
#define BAR	   52u
#define TEXT_LEFT  62u
#define LINE	   16u
#define SPREAD	   30u /* how much higher the highest band is */
#define LINE_CHARS 39  /* characters beside the bar: two addresses, in a font of one width */
#define LINES	   4

void html_text(FILE *out, const char *text)
{
	for (; text && *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

void html_within(FILE *out, const char *before, const char *text, const char *after)
{
	fputs(before, out);
	html_text(out, text);
	fputs(after, out);
}

/* The class of a part, which gives it its look. */
static const char *class_of(enum iova_use use)
{
	static const char *const names[] = { "usable", "reserved", "contradicts", "not-allowed",
					     "unknown" };

	return names[use];
}

void html_space_patterns(FILE *out)
{
	/* Patterns differ without colours too: in print, and for people with colour blindness. */
	fputs("<svg width=\"0\" height=\"0\" class=\"patterns\" aria-hidden=\"true\"><defs>\n"
	      "<pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
	      "patternTransform=\"rotate(45)\"><rect width=\"7\" height=\"7\" "
	      "class=\"ground-reserved\"/>"
	      "<line y2=\"7\" class=\"line-reserved\"/></pattern>\n"
	      "<pattern id=\"cross\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\">"
	      "<rect width=\"7\" height=\"7\" class=\"ground-contradicts\"/>"
	      "<path d=\"M0 0L7 7M7 0L0 7\" class=\"line-contradicts\"/></pattern>\n"
	      "<pattern id=\"dots\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
	      "<rect width=\"6\" height=\"6\" class=\"ground-not-allowed\"/>"
	      "<circle cx=\"3\" cy=\"3\" r=\"1\" class=\"dot-not-allowed\"/></pattern>\n"
	      "</defs></svg>\n",
	      out);
}

static void print_legend(FILE *out)
{
	fputs("<p class=\"soft\">Low addresses are at the top. Not to scale.</p>\n"
	      "<ul class=\"legend\">\n",
	      out);
	for (enum iova_use use = IOVA_USABLE; use <= IOVA_UNKNOWN; use++)
		fprintf(out,
			"<li><svg width=\"22\" height=\"14\" aria-hidden=\"true\"><rect x=\"1\" "
			"y=\"1\" width=\"20\" height=\"12\" class=\"part %s\"/></svg> %s</li>\n",
			class_of(use), iova_use_name(use));
	fputs("</ul>\n", out);
}

/** struct band - a part as it is drawn: its look, and what stands beside it. */
struct band {
	enum iova_use use;
	char *line[LINES];
	unsigned int n_lines;
	bool has_window;
	unsigned int height;
};

/* Bytes of the first @count characters of @text. */
static size_t first_characters(const char *text, size_t count)
{
	size_t at = 0;

	while (text[at] && count--) {
		do {
			at++;
		} while (((unsigned char)text[at] & 0xc0) == 0x80);
	}
	return at;
}

/* One more line, as far as there is room. Takes over @text. */
static void add_line(struct band *band, char *text)
{
	if (text[first_characters(text, LINE_CHARS)]) {
		char *shorter = xasprintf("%.*s\xe2\x80\xa6", /* … */
					  (int)first_characters(text, LINE_CHARS - 1), text);

		free(text);
		text = shorter;
	}
	band->line[band->n_lines++] = text;
}

static struct band band_make(const struct group *group, const struct iova_part *part,
			     const struct probe *probe)
{
	static const struct ranges none = { 0 };
	const struct reason *reason = reason_of(group, probe ? &probe->info.ranges : &none, part);
	const struct range *range = &part->range;
	struct band band = { .use = part->use };
	unsigned int bits = 0;
	char size[16];

	add_line(&band, xasprintf("0x%016" PRIx64 " - 0x%016" PRIx64, range->start, range->end));
	add_line(&band, xasprintf("%s %s", text_size(size, sizeof(size), range->end - range->start),
				  iova_use_name(part->use)));
	if (reason && strlen(band.line[1]) + strlen(reason->words) + 2 <= LINE_CHARS)
		xappend(&band.line[1], ": %s", reason->words);
	else if (reason)
		add_line(&band, xstrdup(reason->words));
	band.has_window = probe && probe->window.found &&
			  range_contains(range, &probe->window.range);
	if (band.has_window)
		add_line(&band, xasprintf("window 0x%" PRIx64 " - 0x%" PRIx64,
					  probe->window.range.start, probe->window.range.end));
	/* Bits of the size in pages: 0 to 52. */
	while (bits < 64 && (range->end - range->start) >> bits)
		bits++;
	band.height = LINE * band.n_lines + LINE / 2 + SPREAD * (bits > 12 ? bits - 12 : 0) / 52;
	return band;
}

static void print_band(FILE *out, const struct band *band, unsigned int top)
{
	fprintf(out, "<rect x=\"1\" y=\"%u\" width=\"%u\" height=\"%u\" class=\"part %s\"/>\n", top,
		BAR, band->height, class_of(band->use));
	for (unsigned int i = 0; i < band->n_lines; i++) {
		bool is_window = band->has_window && i == band->n_lines - 1;
		unsigned int base = top + LINE * (i + 1);

		if (is_window)
			fprintf(out, "<path d=\"M%u %ul-9 -5v10z\" class=\"window\"/>\n", BAR,
				base - 4);
		fprintf(out, "<text x=\"%u\" y=\"%u\"%s", TEXT_LEFT, base,
			is_window ? " class=\"window\""
			: i	  ? ""
				  : " class=\"address\"");
		html_within(out, ">", band->line[i], "</text>\n");
	}
}

/* Draw the space of @group, without its name: equal spaces have equal drawings. New. */
static char *draw(const struct group *group, const struct probe *probe)
{
	_cleanup_free_ struct iova_part *parts = NULL;
	_cleanup_free_ struct band *bands = NULL;
	unsigned int height = 2;
	struct iova_map map;
	struct writer drawing;

	writer_open(&drawing);
	iova_map_make(probe && probe->info.has_ranges ? &probe->info.ranges : NULL, group->regions,
		      group->n_regions, &map);
	parts = map.part;
	bands = xcalloc(map.count, sizeof(*bands));
	for (size_t i = 0; i < map.count; i++) {
		bands[i] = band_make(group, &parts[i], probe);
		height += bands[i].height;
	}
	fprintf(drawing.out, " viewBox=\"0 0 %u %u\" width=\"%u\">\n", WIDTH, height, WIDTH);
	height = 1;
	for (size_t i = 0; i < map.count; i++) {
		print_band(drawing.out, &bands[i], height);
		height += bands[i].height;
		for (unsigned int n = 0; n < bands[i].n_lines; n++)
			free(bands[i].line[n]);
	}
	return writer_close(&drawing);
}

/**
 * struct space - a drawing, and the groups that it is of.
 * @names: their numbers, "1, 3-7"
 * @first: number that begins the last part of @names, and @last ends it
 * @is_tested: the kernel was asked for the allowed ranges
 */
struct space {
	char *drawing;
	char *names;
	unsigned int first, last;
	size_t n_groups;
	bool is_tested;
};

/* Numbers come in ascending order; a run of them is written by its ends. */
static void end_run(struct space *space)
{
	xappend(&space->names, "%s%u", space->names ? ", " : "", space->first);
	if (space->last > space->first)
		xappend(&space->names, "%s%u", space->last > space->first + 1 ? "-" : ", ",
			space->last);
}

static void add_group(struct space *space, unsigned int id)
{
	if (space->n_groups && id != space->last + 1)
		end_run(space);
	if (!space->n_groups++ || id != space->last + 1)
		space->first = id;
	space->last = id;
}

static void print_space(FILE *out, struct space *space)
{
	const char *noun = space->n_groups > 1 ? "Groups" : "Group";

	end_run(space);
	fprintf(out, "<figure>\n<figcaption><strong>%s %s</strong>%s</figcaption>\n", noun,
		space->names,
		space->is_tested ? "" : " <span class=\"soft\">(allowed ranges not tested)</span>");
	fprintf(out,
		"<svg class=\"space\" role=\"img\" aria-label=\"IOVA space of %s %s, not to scale\"%s"
		"</svg>\n</figure>\n",
		space->n_groups > 1 ? "groups" : "group", space->names, space->drawing);
	free(space->names);
	free(space->drawing);
}

void html_spaces(FILE *out, const struct report *report, bool *is_explained)
{
	const struct host *host = report->host;
	_cleanup_free_ struct space *spaces = NULL;
	size_t count = 0;

	for (size_t i = 0; i < host->n_groups; i++) {
		const struct group *group = host->groups[i];
		const struct probe *probe = report_probe(report, group);
		struct space space = { .is_tested = probe && probe->info.has_ranges };
		size_t at = 0;

		if (group->regions_errno || !group_has_assignable(group))
			continue;
		space.drawing = draw(group, probe);
		while (at < count && (spaces[at].is_tested != space.is_tested ||
				      strcmp(spaces[at].drawing, space.drawing) != 0))
			at++;
		if (at == count)
			APPEND(spaces, count, space);
		else
			free(space.drawing);
		add_group(&spaces[at], group->id);
	}
	if (!count)
		return;
	fputs("<h3>DMA addresses (IOVA space)</h3>\n", out);
	if (!*is_explained)
		print_legend(out);
	*is_explained = true;
	fputs("<div class=\"spaces\">\n", out);
	for (size_t i = 0; i < count; i++)
		print_space(out, &spaces[i]);
	fputs("</div>\n", out);
}
