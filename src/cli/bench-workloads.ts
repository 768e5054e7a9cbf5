/** The workloads of the command line: by name, id, glob, or in files of the user. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Workload, workloadOf } from "../bench/api.ts";
import { type Catalog, loadCatalog } from "../catalog/load.ts";
import { HarnessError } from "../model/errors.ts";
import { globMatches } from "../model/glob.ts";

/** What is measured when nothing is named. */
const usual: readonly string[] = ["pod-lifecycle", "container-lifecycle"];

export interface WorkloadSelection {
  readonly catalog: Catalog;
  readonly selected: readonly Workload[];
  readonly known: readonly Workload[];
}

/** Finds workloads; a file names all that are in it. Throws USAGE for a name that nothing has. */
export function selectWorkloads(names: readonly string[], cwd: string): WorkloadSelection {
  const files = names.filter((name) => /\.ya?ml$/.test(name) && existsSync(resolve(cwd, name))).map((name) => resolve(cwd, name));
  const catalog = loadCatalog({ folder: "workloads", ...(files.length === 0 ? {} : { files }) });
  const known = catalog.workloads.map(workloadOf);
  const own = files.length === 0 ? [] : catalog.workloads.filter(({ suite }) => catalog.suites.slice(-files.length).includes(suite)).map(({ id }) => id);
  const wanted = names.filter((name) => !files.includes(resolve(cwd, name)));
  const patterns = wanted.length > 0 || files.length > 0 ? wanted : usual;
  const selected = [...patterns.flatMap((pattern) => named(pattern, known)), ...known.filter(({ id }) => own.includes(id))];
  return { catalog, known, selected: [...new Set(selected)] };
}

function named(pattern: string, known: readonly Workload[]): Workload[] {
  const found = known.filter(({ id, name }) => globMatches(pattern, name) || globMatches(pattern, id));
  if (found.length > 0) return found;
  throw new HarnessError("USAGE", `there is no workload '${pattern}'`, { hint: `Choose among ${known.map(({ name }) => name).join(", ")}, or name a YAML file.` });
}

/** Splits off what the runtime lacks the RPCs for; without a word about its RPCs it is taken to have all. */
export function whatRuns({ catalog, selected }: WorkloadSelection, rpcs: readonly string[]): { readonly runs: Workload[]; readonly lacks: readonly (readonly [name: string, feature: string])[] } {
  const lacking = (workload: Workload): string | undefined => workload.needs.find((need) => (catalog.features.get(need)?.rpcs ?? []).some((rpc) => rpcs.length > 0 && !rpcs.includes(rpc)));
  return {
    runs: selected.filter((workload) => lacking(workload) === undefined),
    lacks: selected.flatMap((workload) => { const need = lacking(workload); return need === undefined ? [] : [[workload.name, need] as const]; }),
  };
}
