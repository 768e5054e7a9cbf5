import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { expect } from "chai";
import { describe, it } from "mocha";

/** Lowest first. A folder imports itself and lower rungs; never a sibling, never upwards. Types count. */
const rungs: readonly (readonly string[])[] = [
  ["model"], ["cri", "oci", "yaml", "kernel"], ["cel"], ["target", "steps", "reference-runtime"], ["engine", "catalog"], ["bench", "mutation"], ["runner", "reporters"], ["cli"],
];
/** Reporters see results, not how they came about. */
const modelOnly: ReadonlySet<string> = new Set(["reporters"]);
/** What these need from outside is handed to them, so their tests need no disk and no clock. */
const withoutNode: ReadonlySet<string> = new Set(["model", "cel", "reporters"]);
/** Each package has its homes, so that replacing one touches few files. */
const homes: Readonly<Record<string, readonly string[]>> = {
  "@grpc/grpc-js": ["cri", "reference-runtime"],
  "@grpc/proto-loader": ["cri"],
  "@marcbachmann/cel-js": ["cel"],
  ajv: ["catalog", "steps"],
  chai: ["engine"],
  commander: ["cli"],
  "js-yaml": ["yaml"],
  "junit-report-builder": ["reporters"],
  mocha: ["runner"],
  "p-limit": ["bench", "engine", "mutation", "runner"],
  picocolors: ["cli"],
  protobufjs: ["cri"],
  re2js: ["cel"],
  tinybench: ["bench"],
  ws: ["cri", "reference-runtime"],
};

interface Import {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const source = new URL("../src/", import.meta.url).pathname;

/** Tests are free to import what they test with; a `testing` folder is theirs. */
function isTestSupport(file: string): boolean {
  return file.endsWith(".test.ts") || file.split(sep).some((part) => part === "testing" || part === "generated");
}

function importsOf(file: string, text: string): Import[] {
  const named = text.matchAll(/^\s*(?:import|export)\b[^;"]*?from "([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|^import "([^"]+)"/gm);
  return Array.from(named, ([, first, second, third]) => {
    const to = first ?? second ?? third ?? "";
    return { file, from: folderOf(file), to: to.startsWith(".") ? folderOf(normalize(join(dirname(file), to))) : to };
  });
}

function folderOf(file: string): string {
  return file.split(sep)[0] ?? "";
}

function packageOf(to: string): string | undefined {
  return Object.keys(homes).find((name) => to === name || to.startsWith(`${name}/`));
}

function rungOf(folder: string): number {
  return rungs.findIndex((rung) => rung.includes(folder));
}

function isAllowed({ from, to }: Import): boolean {
  if (to === from) return true;
  if (to.startsWith("node:")) return !withoutNode.has(from);
  const known = packageOf(to);
  if (known !== undefined) return homes[known]?.includes(from) ?? false;
  if (modelOnly.has(from)) return to === "model";
  return rungOf(to) >= 0 && rungOf(to) < rungOf(from);
}

function allImports(): Import[] {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".ts") && file.includes(sep) && !isTestSupport(file))
    .flatMap((file) => importsOf(file, readFileSync(join(source, file), "utf8")));
}

describe("architecture", () => {
  it("imports lower rungs only, and packages only from their homes", () => {
    const all = allImports();
    expect(all.filter((found) => !isAllowed(found))).to.deep.equal([]);
    expect(all.length, "too few imports to mean anything").to.be.above(100);
  });

  it("sees a forbidden import, types and lazy ones included", () => {
    const planted = 'import type { A } from "../runner/a.ts";\nconst b = await import("mocha");\nexport { c } from "../model/c.ts";\n';
    const found = importsOf(join("engine", "x.ts"), planted);
    expect(found.map((item) => [item.to, isAllowed(item)])).to.deep.equal([["runner", false], ["mocha", false], ["model", true]]);
  });
});
