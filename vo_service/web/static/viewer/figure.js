// Bokeh figures in the page's own colours.
const { Bokeh } = window; // loaded before this module is
const FONT = "system-ui, sans-serif";
const LEFT = 66, RIGHT = 8;

export const FRAME_WIDTH = LEFT + RIGHT;

export function makeFigure(theme, x_range, y_range, label) {
  const figure = Bokeh.Plotting.figure({
    x_range, y_range, tools: [], toolbar_location: null, sizing_mode: "stretch_both", min_width: 200, min_height: 120,
    background_fill_color: null, border_fill_color: null, outline_line_color: null,
    min_border_left: LEFT, min_border_right: RIGHT, min_border_top: 6, min_border_bottom: 4,
    output_backend: "canvas", lod_threshold: null,
  });
  for (const axis of [figure.xaxis, figure.yaxis]) {
    for (const [name, value] of Object.entries(styleAxis(theme))) axis[name] = value;
  }
  figure.yaxis.axis_label = label;
  for (const grid of [figure.xgrid, figure.ygrid]) grid.grid_line_color = theme.line;
  return figure;
}

function styleAxis(theme) {
  return {
    axis_label_text_color: theme.ink, axis_label_text_font: FONT, axis_label_text_font_style: "normal",
    axis_label_text_font_size: "13px", major_label_text_color: theme.ink, major_label_text_font: FONT,
    major_label_text_font_size: "12px", axis_line_color: theme.soft, major_tick_line_color: theme.soft,
    minor_tick_line_color: null,
  };
}

// The wavelengths stand under the lower panel that is seen.
export function makeAxes(top, bottom, frame, hasBottom) {
  const label = `${frame === "rest" ? "Rest-frame" : "Observed"} wavelength in vacuum (Å)`;
  top.xaxis.axis_label = hasBottom ? null : label;
  top.xaxis.major_label_text_font_size = hasBottom ? "0px" : "12px";
  bottom.xaxis.axis_label = label;
}

export function makeTools(figure, renderer, tooltips) {
  const pan = new Bokeh.PanTool({ dimensions: "width" });
  const wheel = new Bokeh.WheelZoomTool({ dimensions: "width" });
  const hover = new Bokeh.HoverTool({ mode: "vline", renderers: [renderer], tooltips, line_policy: "nearest", point_policy: "snap_to_data" });
  const cross = new Bokeh.CrosshairTool({ dimensions: "height", line_alpha: 0.4 });
  figure.add_tools(pan, wheel, hover, cross);
  figure.toolbar.active_scroll = wheel;
  figure.toolbar.active_drag = pan;
}
