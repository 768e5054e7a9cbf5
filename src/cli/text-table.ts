/** Columns padded to their widest cell; numbers to the right, `left` columns to the left. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[], left: ReadonlySet<number> = new Set([0])): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  const pad = (cell: string, column: number): string => (left.has(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0));
  return [head, ...rows].map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}
