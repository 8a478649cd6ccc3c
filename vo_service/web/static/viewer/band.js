// The error band: a polygon of steps around every run of good pixels. Bokeh's own stepped area
// knows no gaps and never ends where it is empty.
export function outline(wave, lower, upper) {
  const xs = [], ys = [];
  for (const [from, to] of findRuns(lower)) {
    const edges = findEdges(wave, from, to);
    for (let i = from; i < to; i += 1) push(xs, ys, edges, i - from, upper[i]);
    for (let i = to - 1; i >= from; i -= 1) push(xs, ys, edges, i - from, lower[i], true);
    xs.push(NaN);
    ys.push(NaN);
  }
  return { x: xs, y: ys };
}

function push(xs, ys, edges, i, value, isBack = false) {
  const [first, last] = isBack ? [edges[i + 1], edges[i]] : [edges[i], edges[i + 1]];
  xs.push(first, last);
  ys.push(value, value);
}

function findRuns(values) {
  const runs = [];
  let from = -1;
  for (let i = 0; i <= values.length; i += 1) {
    const isGood = i < values.length && Number.isFinite(values[i]);
    if (isGood && from < 0) from = i;
    if (!isGood && from >= 0) {
      runs.push([from, i]);
      from = -1;
    }
  }
  return runs;
}

// Half-way between pixels; the outer edges are the outer pixels' centres.
function findEdges(wave, from, to) {
  const edges = [wave[from]];
  for (let i = from + 1; i < to; i += 1) edges.push((wave[i - 1] + wave[i]) / 2);
  edges.push(wave[to - 1]);
  return edges;
}
