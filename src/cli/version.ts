import { readFileSync } from "node:fs";

/** The version in package.json. */
export function criteriaVersion(): string {
  const document: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return typeof document === "object" && document !== null && "version" in document ? String(document.version) : "0.0.0";
}
