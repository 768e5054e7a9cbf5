import { existsSync, readdirSync, readFileSync } from "node:fs";
import { yamlValue } from "../yaml/document.ts";

const folder = new URL("../../fixtures/configs/", import.meta.url);

/** The documents that fixtures may name with `from`. Integers are bigint, as everywhere. */
export function readDocuments(): ReadonlyMap<string, unknown> {
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => /\.ya?ml$/.test(file));
  return new Map(files.map((file): [string, unknown] => [file.replace(/\.ya?ml$/, ""), yamlValue(readFileSync(new URL(file, folder), "utf8"), "bigint")]));
}
