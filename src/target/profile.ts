/** A profile: what is claimed of a kind of runtime, and which cases do not apply to it (suites/profiles). */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { HarnessError, messageOf } from "../model/errors.ts";
import { yamlValue } from "../yaml/document.ts";

export interface Profile {
  /** Kubernetes minor, like 1.37. */
  readonly contract?: string;
  /** Features whose absence is a failure. */
  readonly claims: readonly string[];
  /** Cases, by glob, that say nothing about this kind of runtime. */
  readonly excludes: readonly Exclusion[];
}

export interface Exclusion {
  readonly cases: string;
  readonly reason: string;
}

const shipped = new URL("../../suites/profiles/", import.meta.url);
const keys: readonly string[] = ["profile", "about", "contract", "claims", "excludes"];

/** Reads a profile by file or by the name of a shipped one; without one nothing is claimed. Throws USAGE. */
export function readProfile(nameOrFile: string | undefined): Profile {
  if (nameOrFile === undefined) return { claims: [], excludes: [] };
  const named = fileURLToPath(new URL(`${encodeURIComponent(nameOrFile)}.yaml`, shipped));
  const file = [nameOrFile, named].find((path) => existsSync(path));
  if (file === undefined) throw new HarnessError("USAGE", `there is no profile '${nameOrFile}'`, { hint: `Shipped are ${shippedNames().join(", ")}; else give the path of a YAML file.` });
  const document = mappingIn(file);
  const { contract, claims = [], excludes = [] } = document;
  if (!isStrings(claims)) throw wrong(file, "`claims` is a list of features");
  if (!isExclusions(excludes)) throw wrong(file, "`excludes` is a list of { cases, reason }");
  if (contract === undefined) return { claims, excludes };
  if (typeof contract !== "string" || !/^1\.\d+$/.test(contract)) throw wrong(file, "`contract` is a Kubernetes minor in quotes, like \"1.37\"");
  return { contract, claims, excludes };
}

/** The names of the profiles that come with the harness. */
export function shippedNames(): string[] {
  return readdirSync(shipped).filter((file) => file.endsWith(".yaml")).map((file) => file.slice(0, -".yaml".length)).sort();
}

function mappingIn(file: string): { readonly contract?: unknown; readonly claims?: unknown; readonly excludes?: unknown } {
  let value: unknown;
  try {
    value = yamlValue(readFileSync(file, "utf8"));
  } catch (cause) {
    throw wrong(file, messageOf(cause));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(file, "it is no mapping");
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw wrong(file, `there is no key '${unknown}'`);
  return value;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isExclusions(value: unknown): value is Exclusion[] {
  return Array.isArray(value) && value.every((item: unknown) => typeof item === "object" && item !== null && "cases" in item && typeof item.cases === "string" && "reason" in item && typeof item.reason === "string");
}

function wrong(file: string, what: string): HarnessError {
  return new HarnessError("USAGE", `the profile ${file} is wrong: ${what}`, { hint: "Correct the profile." });
}
