/* Pictures for the report, as SVG text. Colours are the page's (CSS variables). */

/** Text that is safe between tags and in attributes. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

export interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

/** Points joined by a line, with their values written beside; x from 0. */
export function lineChart(points: readonly Point[], xName: string, yName: string): string {
  const [width, height, left, bottom] = [640, 260, 56, 40];
  const most = Math.max(...points.map((p) => p.x));
  const low = Math.min(...points.map((p) => p.y));
  const high = Math.max(...points.map((p) => p.y));
  const spread = high - low || 1;
  const at = ({ x, y }: Point): [number, number] => [
    left + (x / most) * (width - left - 48),
    24 + (1 - (y - low) / spread) * (height - bottom - 34),
  ];
  const line = points
    .map((p) =>
      at(p)
        .map((n) => n.toFixed(1))
        .join(","),
    )
    .join(" ");
  const dots = points.map((p) => {
    const [x, y] = at(p).map((n) => n.toFixed(1));
    return (
      `<circle cx="${x}" cy="${y}" r="4"/>` +
      `<text x="${x}" y="${Number(y) - 9}" text-anchor="middle">${escapeHtml(p.label)}</text>`
    );
  });
  return (
    `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(`${yName} by ${xName}`)}">` +
    `<path class="axis" d="M${left} 10V${height - bottom}H${width - 20}"/>` +
    `<polyline points="${line}"/>${dots.join("")}` +
    points
      .map((p) => {
        const [x] = at(p);
        return `<text x="${x.toFixed(1)}" y="${height - bottom + 16}" text-anchor="middle">${p.x.toFixed(0)}</text>`;
      })
      .join("") +
    `<text x="${width / 2}" y="${height - 6}" text-anchor="middle">${escapeHtml(xName)}</text>` +
    `<text transform="translate(14 ${height / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(yName)}</text>` +
    "</svg>"
  );
}

/**
 * Cells of a matrix as squares: the larger the share, the stronger the colour.
 * @param columns [columns][rows] each 0..1
 */
export function heatMap(columns: readonly (readonly number[])[], name: string): string {
  const size = Math.max(4, Math.min(12, Math.floor(900 / columns.length)));
  const rows = columns[0].length;
  const strongest = Math.max(...columns.flat(), 1e-9);
  const cells = columns.flatMap((column, x) =>
    column.map((v, y) => {
      const opacity = v === 0 ? 0 : 0.12 + 0.88 * (v / strongest);
      return `<rect x="${x * size}" y="${y * size}" width="${size - 1}" height="${size - 1}" fill-opacity="${opacity.toFixed(2)}"/>`;
    }),
  );
  const [width, height] = [columns.length * size, rows * size];
  return (
    `<svg class="heat" style="width:${width}px" viewBox="0 0 ${width} ${height}" role="img" ` +
    `aria-label="${escapeHtml(name)}"><rect class="ground" width="${width}" height="${height}"/>${cells.join("")}</svg>`
  );
}
