/** A profile: what is claimed about a kind of runtime. A YAML file with `contract` and `claims`. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { HarnessError, messageOf } from "../model/errors.ts";

export interface Profile {
  /** Kubernetes minor, like 1.37. */
  readonly contract?: string;
  /** Features whose absence is a failure. */
  readonly claims: readonly string[];
}

const shipped = new URL("../../profiles/", import.meta.url);

/** Reads a profile by file or by the name of a shipped one; without one nothing is claimed. Throws USAGE. */
export function readProfile(nameOrFile: string | undefined): Profile {
  if (nameOrFile === undefined) return { claims: [] };
  const named = fileURLToPath(new URL(`${encodeURIComponent(nameOrFile)}.yaml`, shipped));
  const file = [nameOrFile, named].find((path) => existsSync(path));
  if (file === undefined) throw new HarnessError("USAGE", `there is no profile '${nameOrFile}'`, { hint: "Give the path of a YAML file with `contract` and `claims`." });
  const document = mappingIn(file);
  const { contract, claims = [] } = document;
  if (!isStrings(claims)) throw wrong(file, "`claims` is a list of features");
  if (contract === undefined) return { claims };
  if (typeof contract !== "string" || !/^1\.\d+$/.test(contract)) throw wrong(file, "`contract` is a Kubernetes minor in quotes, like \"1.37\"");
  return { contract, claims };
}

function mappingIn(file: string): { readonly contract?: unknown; readonly claims?: unknown } {
  let value: unknown;
  try {
    value = parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw wrong(file, messageOf(cause));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(file, "it is no mapping");
  const unknown = Object.keys(value).find((key) => !["about", "contract", "claims"].includes(key));
  if (unknown !== undefined) throw wrong(file, `there is no key '${unknown}'`);
  return value;
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function wrong(file: string, what: string): HarnessError {
  return new HarnessError("USAGE", `the profile ${file} is wrong: ${what}`, { hint: "Correct the profile." });
}
