// What is drawn over a spectrum to read it: lines by family, and the regions with their oddness.
const { Bokeh } = window; // loaded before this module is
const DASHES = ["solid", "dashed", "dotted", "dotdash"];
const LABEL_PIXELS = 13;
const LETTER_PIXELS = 7;
const REGION_ROWS = 3;
const REGION_ROW_PIXELS = 18;
const WIDEST = 0.6;
// A region that is wider than this share of all wavelengths says nothing about where.

export class Marks {
  constructor(figure, theme) {
    this.figure = figure;
    this.theme = theme;
    this.lines = [];
    this.families = new Map();
    this.shown = new Set();
    this.stretch = 1;
    this.labels = new Bokeh.ColumnDataSource({ data: { x: [], y: [], text: [] } });
    this.strips = new Bokeh.ColumnDataSource({ data: { lo: [], hi: [], alpha: [] } });
    this.names = new Bokeh.ColumnDataSource({ data: { x: [], text: [], y: [] } });
    this.strip = figure.vstrip({ field: "lo" }, { field: "hi" }, {
      source: this.strips, fill_color: theme.accent, fill_alpha: { field: "alpha" }, line_color: theme.soft, line_alpha: 0.25,
    });
    figure.add_layout(this.makeLabels(this.labels, {
      y_offset: -5, angle: Math.PI / 2, text_align: "right", text_baseline: "middle", background_fill_alpha: 0.6,
    }));
    this.regionLabels = this.makeLabels(this.names, { y_units: "screen", text_align: "center", text_baseline: "bottom" });
    figure.add_layout(this.regionLabels);
  }

  makeLabels(source, place) {
    return new Bokeh.LabelSet({
      source, x: { field: "x" }, y: { field: "y" }, text: { field: "text" }, text_font: "system-ui, sans-serif",
      text_font_size: "11px", text_color: this.theme.ink, background_fill_color: this.theme.paper,
      background_fill_alpha: 0.75, ...place,
    });
  }

  // Take the lines of the guide: one renderer and one dash a family.
  setLines(lines) {
    this.lines = lines;
    const names = [...new Set(lines.map((line) => line.family))];
    names.forEach((family, i) => {
      const source = new Bokeh.ColumnDataSource({ data: { x: [] } });
      const renderer = this.figure.vspan({ field: "x" }, {
        source, line_color: this.theme.accent, line_alpha: 0.65, line_width: 1.1, line_dash: DASHES[i % DASHES.length],
      });
      this.families.set(family, { source, renderer });
    });
  }

  // Show some families, at wavelengths stretched by 1 + z in the observed frame.
  showFamilies(families, stretch) {
    this.shown = new Set(families);
    this.stretch = stretch;
    for (const [family, { source, renderer }] of this.families) {
      renderer.visible = this.shown.has(family);
      source.data = { x: this.lines.filter((l) => l.family === family).map((l) => l.wave * stretch) };
    }
  }

  // Shade regions, the odder the darker; the rank stands below in words.
  showRegions(regions, stretch) {
    this.regions = regions.map((region) => ({ ...region, lo: region.lo * stretch, hi: region.hi * stretch }));
    const all = Math.max(...this.regions.map((r) => r.hi)) - Math.min(...this.regions.map((r) => r.lo));
    this.regions = this.regions.filter((r) => r.hi - r.lo < WIDEST * all);
    this.strips.data = {
      lo: this.regions.map((r) => r.lo), hi: this.regions.map((r) => r.hi), alpha: this.regions.map(opacity),
    };
  }

  setRegionsVisible(isVisible) {
    this.strip.visible = isVisible;
    this.regionLabels.visible = isVisible;
  }

  // Choose the labels for which there is room, from the left.
  layOut(start, end, top, width) {
    const pixels = width / (end - start);
    const seen = this.lines.filter((l) => this.shown.has(l.family)).map((l) => ({ x: l.wave * this.stretch, text: l.label }));
    const kept = [];
    for (const line of seen.filter((l) => l.x > start && l.x < end).sort((a, b) => a.x - b.x)) {
      if (!kept.length || (line.x - kept.at(-1).x) * pixels >= LABEL_PIXELS) kept.push(line);
    }
    this.labels.data = { x: kept.map((l) => l.x), y: kept.map(() => top), text: kept.map((l) => l.text) };
    this.layOutRegions(start, end, pixels);
  }

  layOutRegions(start, end, pixels) {
    const seen = (this.regions ?? []).filter((r) => r.hi > start && r.lo < end);
    const rows = Array(REGION_ROWS).fill(-Infinity);
    const placed = [];
    for (const region of seen.sort((a, b) => a.lo - b.lo)) {
      const text = region.rank ? `${region.name} #${region.rank}` : region.name;
      const half = (text.length * LETTER_PIXELS) / 2 / pixels;
      const middle = (Math.max(region.lo, start) + Math.min(region.hi, end)) / 2;
      const x = Math.min(Math.max(middle, start + half), end - half);
      const row = rows.findIndex((before) => x - half > before);
      if (row < 0) continue;
      rows[row] = x + half;
      placed.push({ x, text, y: 4 + row * REGION_ROW_PIXELS });
    }
    this.names.data = { x: placed.map((p) => p.x), text: placed.map((p) => p.text), y: placed.map((p) => p.y) };
  }
}

function opacity({ rank, ranked }) {
  if (!rank || !ranked) return 0.02;
  return 0.04 + 0.14 * (1 - Math.log(rank) / Math.log(Math.max(ranked, 2)));
}
