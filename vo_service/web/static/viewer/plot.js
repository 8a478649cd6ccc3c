// The spectrum and, below it, its residual: drawn by BokehJS, which the page loads before this.
import { outline } from "./band.js";
import { Marks } from "./marks.js";
import { FRAME_WIDTH, makeAxes, makeFigure, makeTools } from "./figure.js";

const { Bokeh } = window; // loaded before this module is
const EMPTY = { wave: [], flux: [], model: [], sky: [], residual: [], sigma: [] };
const FLUX_LABEL = "Flux density (10⁻¹⁷ erg s⁻¹ cm⁻² Å⁻¹)";
const PERCENTILES = [0.005, 0.995];
const DASHES = ["dashed", "dotted", "dotdash", "dashdot", [8, 2]];
const STACK_WIDTHS = [2, 3, 4, 5, 6];
const ZOOM = 0.7;

export class Plot {
  constructor(box, theme) {
    this.box = box;
    this.theme = theme;
    this.isZoomed = false;
    this.onZoom = () => {}; // told the limits that the reader chose, or nothing for the whole
    this.source = new Bokeh.ColumnDataSource({ data: EMPTY });
    this.outline = new Bokeh.ColumnDataSource({ data: { x: [], y: [] } });
    this.others = theme.pinned.map(() => new Bokeh.ColumnDataSource({ data: { wave: [], flux: [] } }));
    this.stacks = STACK_WIDTHS.map(() => new Bokeh.ColumnDataSource({ data: { wave: [], flux: [] } }));
    this.x = new Bokeh.Range1d({ start: 0, end: 1 });
    this.y = new Bokeh.Range1d({ start: 0, end: 1 });
    this.residualY = new Bokeh.Range1d({ start: -5, end: 5 });
    this.top = makeFigure(theme, this.x, this.y, FLUX_LABEL);
    this.bottom = makeFigure(theme, this.x, this.residualY, "Residual (σ)");
    this.bottom.height = 150;
    this.bottom.sizing_mode = "stretch_width";
    this.marks = new Marks(this.top, theme);
    this.draw();
    this.layout = new Bokeh.Column({ children: [this.top, this.bottom], sizing_mode: "stretch_both", spacing: 0 });
    this.x.change.connect(() => this.onRange());
    new ResizeObserver(() => this.onResize()).observe(box);
  }

  async attach() {
    await Bokeh.Plotting.show(this.layout, this.box);
  }

  draw() {
    const { theme, source, top, bottom } = this;
    const field = (name) => ({ field: name });
    this.band = top.patch(field("x"), field("y"), { source: this.outline, fill_color: theme.accent, fill_alpha: 0.25, line_color: null });
    this.sky = top.step(field("wave"), field("sky"), "center", { source, line_color: theme.soft, line_alpha: 0.7, line_dash: "dotted" });
    this.pinned = this.others.map((other, i) => top.step(field("wave"), field("flux"), "center", {
      source: other, line_color: theme.pinned[i], line_dash: DASHES[i], line_width: 1.2,
    }));
    this.stacks.forEach((source, i) => top.line(field("wave"), field("flux"), {
      source, line_color: theme.stack, line_width: STACK_WIDTHS[i], line_alpha: 0.85,
    }));
    this.flux = top.step(field("wave"), field("flux"), "center", { source, line_color: theme.ink, line_width: 1.1 });
    this.model = top.line(field("wave"), field("model"), { source, line_color: theme.odd, line_width: 1.2, line_alpha: 0.8 });
    bottom.hstrip([-3], [3], { fill_color: theme.soft, fill_alpha: 0.14, line_color: null });
    bottom.step(field("wave"), field("residual"), "center", { source, line_color: theme.ink });
    // Bokeh finds no points on steps: what the pointer meets is a line that nobody sees.
    const met = (figure, name) => figure.line(field("wave"), field(name), { source, line_alpha: 0 });
    makeTools(top, met(top, "flux"), [["λ", "@wave{0.0} Å"], ["flux", "@flux{0.000a} ± @sigma{0.000a}"]]);
    makeTools(bottom, met(bottom, "residual"), [["λ", "@wave{0.0} Å"], ["residual", "@residual{0.0} σ"]]);
  }

  // Show a spectrum; the range stays where the reader has put it.
  show(spectrum, frame) {
    const { wave, flux, sigma } = spectrum;
    const blank = new Float64Array(wave.length).fill(NaN);
    this.spectrum = spectrum;
    this.source.data = {
      wave, flux, sigma,
      model: spectrum.model ?? blank,
      sky: spectrum.sky ?? blank,
      residual: spectrum.residual ?? blank,
    };
    this.outline.data = outline(wave, flux.map((value, i) => value - sigma[i]), flux.map((value, i) => value + sigma[i]));
    makeAxes(this.top, this.bottom, frame, Boolean(spectrum.residual) && this.bottom.visible);
    if (!this.isZoomed) this.fit();
    else this.fitHeight();
  }

  // Draw other spectra over it, brought to its median.
  showOthers(spectra) {
    this.others.forEach((source, i) => this.put(source, spectra[i]));
  }

  // Means of groups in order: the later, the thicker.
  showStacks(stacks) {
    this.stacks.forEach((source, i) => this.put(source, stacks[i]));
  }

  // What was empty and stays so need not be drawn anew at every step.
  put(source, spectrum) {
    if (spectrum || source.data.wave.length) source.data = this.scaled(spectrum);
  }

  scaled(spectrum) {
    if (!spectrum) return { wave: [], flux: [] };
    const scale = median(this.spectrum.flux) / median(spectrum.flux) || 1;
    return { wave: spectrum.wave, flux: spectrum.flux.map((value) => value * scale) };
  }

  setVisible({ error, model, residual, sky, regions }, frame) {
    this.band.visible = error;
    this.model.visible = model;
    this.sky.visible = sky;
    this.bottom.visible = residual;
    this.marks.setRegionsVisible(regions);
    makeAxes(this.top, this.bottom, frame, residual);
  }

  fit() {
    const seen = this.spectrum.wave.filter((_, i) => !Number.isNaN(this.spectrum.flux[i]));
    const [start, end] = seen.length ? [seen[0], seen.at(-1)] : [0, 1];
    const margin = 0.01 * (end - start);
    this.isFitting = true;
    this.x.setv({ start: start - margin, end: end + margin });
    this.isFitting = false;
    this.isZoomed = false;
    this.fitHeight();
  }

  zoom(factor) {
    const { start, end } = this.x;
    const half = ((end - start) / 2) * factor;
    this.x.setv({ start: (start + end) / 2 - half, end: (start + end) / 2 + half });
  }

  zoomIn() { this.zoom(ZOOM); }

  zoomOut() { this.zoom(1 / ZOOM); }

  pan(share) {
    const by = share * (this.x.end - this.x.start);
    this.x.setv({ start: this.x.start + by, end: this.x.end + by });
  }

  lookAt(start, end) {
    this.x.setv({ start, end });
  }

  onRange() {
    if (!this.isFitting) this.isZoomed = true;
    if (this.isWaiting) return;
    this.isWaiting = true;
    requestAnimationFrame(() => {
      this.isWaiting = false;
      if (this.spectrum) this.fitHeight();
      this.onZoom(this.isZoomed ? [this.x.start, this.x.end] : []);
    });
  }

  onResize() {
    if (this.spectrum) this.fitHeight();
  }

  // Let the height follow what is in view; single wild pixels may leave it.
  fitHeight() {
    const { wave, flux, sigma } = this.spectrum;
    const inView = (_, i) => wave[i] >= this.x.start && wave[i] <= this.x.end && !Number.isNaN(flux[i]);
    const seen = flux.filter(inView).sort();
    if (seen.length) {
      const noise = median(sigma.filter(inView)) || 0;
      const [lo, hi] = [quantile(seen, PERCENTILES[0]), Math.max(quantile(seen, PERCENTILES[1]), lineTop(seen))];
      const margin = 0.06 * (hi - lo) + 2 * noise || 1;
      this.y.setv({ start: lo - 2.2 * margin, end: hi + 2.5 * margin });
    }
    const far = this.spectrum.residual?.filter((value, i) => inView(value, i) && !Number.isNaN(value)).map(Math.abs).sort();
    const reach = far?.length ? Math.max(5, 1.1 * quantile(far, 0.999)) : 5;
    this.residualY.setv({ start: -reach, end: reach });
    this.marks.layOut(this.x.start, this.x.end, this.y.end, this.box.clientWidth - FRAME_WIDTH);
  }
}

// A strong line is no wild pixel: it counts when a handful of pixels reach as high.
function lineTop(sorted) {
  return sorted[Math.max(0, sorted.length - 4)];
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

function median(values) {
  return quantile(values.filter((value) => !Number.isNaN(value)).sort(), 0.5);
}
