/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A drawing of the IOVA space of a group: one band for each part, low addresses at the top. No scale
 * shows both a megabyte and 16 EiB: the height of a band grows with the logarithm of its size.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/text.h"
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

void html_space_legend(FILE *out)
{
	fputs("<ul class=\"legend\">\n", out);
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

void html_space(FILE *out, const struct group *group, const struct probe *probe)
{
	_cleanup_free_ struct iova_part *parts = NULL;
	_cleanup_free_ struct band *bands = NULL;
	unsigned int height = 2;
	struct iova_map map;

	iova_map_make(probe && probe->info.has_ranges ? &probe->info.ranges : NULL, group->regions,
		      group->n_regions, &map);
	parts = map.part;
	bands = xcalloc(map.count, sizeof(*bands));
	for (size_t i = 0; i < map.count; i++) {
		bands[i] = band_make(group, &parts[i], probe);
		height += bands[i].height;
	}
	fprintf(out,
		"<svg class=\"space\" viewBox=\"0 0 %u %u\" width=\"%u\" role=\"img\" "
		"aria-label=\"IOVA space of group %u, not to scale\">\n",
		WIDTH, height, WIDTH, group->id);
	height = 1;
	for (size_t i = 0; i < map.count; i++) {
		print_band(out, &bands[i], height);
		height += bands[i].height;
		for (unsigned int n = 0; n < bands[i].n_lines; n++)
			free(bands[i].line[n]);
	}
	fputs("</svg>\n", out);
}
