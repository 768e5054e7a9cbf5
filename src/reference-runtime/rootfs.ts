/** What a file of an image is, as far as simulated processes need it. */
export interface RootEntry {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly mode: number;
  readonly size: number;
  readonly target: string;
  /** Only of small files. */
  readonly content?: Buffer;
}

export type RootFs = Map<string, RootEntry>;

const keptContent = 256 * 1024;
const kinds: Readonly<Record<string, RootEntry["kind"]>> = { "0": "file", "\0": "file", "5": "directory", "2": "link", "1": "link" };

/** Lays one layer's tar over the files; whiteouts remove. Throws on what is no tar. */
export function applyLayer(files: RootFs, tar: Buffer): void {
  let offset = 0;
  let longName: string | undefined;
  while (offset + 512 <= tar.length) {
    const header = tar.subarray(offset, offset + 512);
    if (header.every((byte) => byte === 0)) return;
    const size = octal(header, 124, 12);
    const type = header.toString("latin1", 156, 157);
    const body = tar.subarray(offset + 512, offset + 512 + size);
    if (Number.isNaN(size) || body.length !== size) throw new Error("the layer is no complete tar archive");
    offset += 512 + Math.ceil(size / 512) * 512;
    if (type === "L") longName = cString(body, 0, size);
    else if (type === "x") longName = paxPath(body) ?? longName;
    else if (type !== "g") {
      place(files, longName ?? headerName(header), { kind: kinds[type] ?? "other", mode: octal(header, 100, 8), size, target: cString(header, 157, 100), ...(size <= keptContent ? { content: Buffer.from(body) } : {}) });
      longName = undefined;
    }
  }
}

/** The file that a path leads to, links followed; undefined if there is none. */
export function findFile(files: RootFs, path: string, hops = 8): { path: string; entry: RootEntry } | undefined {
  const clean = normal(path);
  const entry = files.get(clean);
  if (entry === undefined) {
    const inner = [...files.keys()].some((key) => key.startsWith(clean === "/" ? "/" : `${clean}/`));
    return inner || clean === "/" ? { path: clean, entry: { kind: "directory", mode: 0o755, size: 0, target: "" } } : undefined;
  }
  if (entry.kind !== "link" || hops === 0) return { path: clean, entry };
  const target = entry.target.startsWith("/") ? entry.target : `${clean.slice(0, clean.lastIndexOf("/"))}/${entry.target}`;
  return findFile(files, target, hops - 1);
}

/** An absolute path without `.`, `..` and doubled slashes. */
export function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function place(files: RootFs, name: string, entry: RootEntry): void {
  const path = normal(name);
  const base = path.slice(path.lastIndexOf("/") + 1);
  const parent = path.slice(0, path.length - base.length);
  if (base === ".wh..wh..opq") removeBelow(files, parent);
  else if (base.startsWith(".wh.")) {
    files.delete(parent + base.slice(4));
    removeBelow(files, `${parent}${base.slice(4)}/`);
  } else files.set(path, entry);
}

function removeBelow(files: RootFs, prefix: string): void {
  for (const path of [...files.keys()]) if (path.startsWith(prefix)) files.delete(path);
}

function headerName(header: Buffer): string {
  const prefix = header.toString("latin1", 257, 262) === "ustar" ? cString(header, 345, 155) : "";
  return prefix === "" ? cString(header, 0, 100) : `${prefix}/${cString(header, 0, 100)}`;
}

function paxPath(body: Buffer): string | undefined {
  return /^\d+ path=(.*)$/m.exec(body.toString("utf8"))?.[1];
}

function cString(bytes: Buffer, start: number, length: number): string {
  const end = bytes.indexOf(0, start);
  return bytes.toString("utf8", start, end < 0 || end > start + length ? start + length : end);
}

function octal(bytes: Buffer, start: number, length: number): number {
  const digits = cString(bytes, start, length).trim();
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}
