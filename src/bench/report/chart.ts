/** Line and dot charts as SVG: no script, no network, so that a report opens anywhere. */

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Dots alone, for samples that no line joins. */
  readonly dots?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

const size = { width: 760, height: 300, left: 64, right: 200, top: 30, bottom: 44 } as const;
const colours = ["#1f6feb", "#d1242f", "#1a7f37", "#9a6700", "#8250df", "#0a7ea4", "#bf3989", "#57606a"];
const ticks = 5;

/** Draws a chart; both axes begin at zero, so that nothing looks larger than it is. */
export function chart({ title, x, y, lines }: ChartOptions): string {
  const points = lines.flatMap((line) => line.points);
  const most = (axis: 0 | 1): number => niceAbove(points.reduce((top, point) => Math.max(top, point[axis]), 0));
  const [right, top] = [most(0), most(1)];
  const plot = { width: size.width - size.left - size.right, height: size.height - size.top - size.bottom };
  const px = (value: number): string => (size.left + (value / right) * plot.width).toFixed(1);
  const py = (value: number): string => (size.top + plot.height - (value / top) * plot.height).toFixed(1);
  const grid = Array.from({ length: ticks + 1 }, (_, index) => {
    const [vx, vy] = [(right * index) / ticks, (top * index) / ticks];
    return `<line x1="${size.left}" x2="${size.left + plot.width}" y1="${py(vy)}" y2="${py(vy)}" class="grid"/><text x="${size.left - 6}" y="${py(vy)}" class="y">${short(vy)}</text><text x="${px(vx)}" y="${size.height - size.bottom + 16}" class="x">${short(vx)}</text>`;
  });
  const drawn = lines.map((line, index) => drawLine(line, colours[index % colours.length] ?? "#000", px, py));
  const legend = lines.map(({ name }, index) => `<text x="${size.left + plot.width + 14}" y="${size.top + 14 * index + 6}" fill="${colours[index % colours.length] ?? "#000"}">${escapeHtml(name)}</text>`);
  return [
    `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeHtml(title)}">`, `<text x="${size.left}" y="16" class="title">${escapeHtml(title)}</text>`,
    ...grid, ...drawn, ...legend, `<text x="${size.left + plot.width / 2}" y="${size.height - 8}" class="x">${escapeHtml(x)}</text>`, `<text x="4" y="${size.top - 4}">${escapeHtml(y)}</text>`, "</svg>",
  ].join("");
}

function drawLine({ points, dots }: Line, colour: string, px: (value: number) => string, py: (value: number) => string): string {
  const marks = points.map(([x, y]) => `<circle cx="${px(x)}" cy="${py(y)}" r="${dots === true ? 1.5 : 3}" fill="${colour}"/>`).join("");
  if (dots === true) return marks;
  return `<polyline points="${points.map(([x, y]) => `${px(x)},${py(y)}`).join(" ")}" fill="none" stroke="${colour}" stroke-width="1.5"/>${marks}`;
}

/** The next of 1, 2, 2.5, 5 and 10 times a power of ten. */
function niceAbove(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 2.5, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
