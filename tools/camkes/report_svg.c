/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright 2026, the CAmkES VMM for x86 authors */
/* The graph of an isolation report: domains on a circle, one line per pair and way. */
#include "report.h"

#include <math.h>
#include <string.h>

#define BOX_WIDTH  150.0
#define BOX_HEIGHT 34.0
#define MARGIN     110.0

struct layout {
    double center, radius;
    unsigned count;
};

static void place(const struct layout *l, unsigned d, double *x, double *y)
{
    double angle = 2 * acos(-1.0) * d / (l->count ? l->count : 1) - acos(-1.0) / 2;
    *x = l->center + l->radius * cos(angle);
    *y = l->center + l->radius * sin(angle);
}

/* Text of a name with what XML reserves taken out; names have letters, digits and _.- only. */
static const char *domain_label(const struct report *r, unsigned d)
{
    return *r->domains[d] ? r->domains[d] : "system";
}

/* Where the line from the box's middle towards (tx, ty) leaves the box. */
static void leave_box(double *x, double *y, double tx, double ty)
{
    double dx = tx - *x, dy = ty - *y;
    double sx = dx != 0 ? (BOX_WIDTH / 2) / fabs(dx) : 1e9;
    double sy = dy != 0 ? (BOX_HEIGHT / 2) / fabs(dy) : 1e9;
    double s = fmin(fmin(sx, sy), 1);
    *x += dx * s;
    *y += dy * s;
}

static bool drawn_before(const struct report *r, const struct report_edge *edge)
{
    for (const struct report_edge *e = r->edges; e != edge; e = e->next)
        if (e->from == edge->from && e->to == edge->to && e->way == edge->way)
            return true;
    return false;
}

static void write_edge(const struct report *r, const struct layout *l, const struct report_edge *e,
                       FILE *out)
{
    static const char *const colors[] = {"#1f5fbf", "#b36b00", "#2e7d32", "#2e7d32", "#b71c1c"};
    double x1, y1, x2, y2;
    place(l, e->from, &x1, &y1);
    place(l, e->to, &x2, &y2);
    /* each way has its own lane beside the straight line */
    double length = hypot(x2 - x1, y2 - y1), shift = ((double)e->way - 2) * 7;
    double ox = length > 0 ? -(y2 - y1) / length * shift : 0;
    double oy = length > 0 ? (x2 - x1) / length * shift : 0;
    double fx = x1, fy = y1;
    leave_box(&x1, &y1, x2, y2);
    leave_box(&x2, &y2, fx, fy);
    fprintf(out,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" "
            "marker-end=\"url(#arrow)\"%s><title>%s %s %s: %s</title></line>\n",
            x1 + ox, y1 + oy, x2 + ox, y2 + oy, colors[e->way],
            e->way == REPORT_SHARED ? " marker-start=\"url(#arrow)\"" : "",
            domain_label(r, e->from), report_way_word(e->way), domain_label(r, e->to),
            e->object->name);
}

static void write_legend(FILE *out, double size)
{
    static const char *const texts[] = {"calls", "signals", "data or shared memory", "controls"};
    static const char *const colors[] = {"#1f5fbf", "#b36b00", "#2e7d32", "#b71c1c"};
    for (int i = 0; i < 4; i++)
        fprintf(out, "<text x=\"%d\" y=\"%.0f\" fill=\"%s\">%s</text>\n", 16 + i * 150, size - 12,
                colors[i], texts[i]);
}

void report_write_svg(const struct report *r, FILE *out)
{
    double radius = fmax(140, r->num_domains * BOX_WIDTH / (2 * acos(-1.0)) * 1.1);
    struct layout l = {radius + MARGIN, radius, r->num_domains};
    double size = 2 * l.center;
    fprintf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
        "font-family=\"sans-serif\" font-size=\"13\">\n"
        "<defs><marker id=\"arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"7\" "
        "markerHeight=\"7\" orient=\"auto-start-reverse\"><path d=\"M0 0L8 4L0 8z\"/></marker>"
        "</defs>\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
        fmax(size, 620), size);
    for (const struct report_edge *e = r->edges; e; e = e->next)
        if (!drawn_before(r, e))
            write_edge(r, &l, e, out);
    for (unsigned d = 0; d < r->num_domains; d++) {
        double x, y;
        place(&l, d, &x, &y);
        fprintf(out,
                "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.0f\" height=\"%.0f\" rx=\"5\" "
                "fill=\"#eef3fa\" stroke=\"#345\"/>\n"
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
                x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2, BOX_WIDTH, BOX_HEIGHT, x, y + 4,
                domain_label(r, d));
    }
    write_legend(out, size);
    fputs("</svg>\n", out);
}
