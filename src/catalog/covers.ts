/** What a check covers: known requirements of one level, at most three. */
import { didYouMean } from "../cel/did-you-mean.ts";
import type { Level } from "../model/verdict.ts";
import type { Path } from "../yaml/document.ts";
import type { Compilation } from "./compile-step.ts";
import { settle } from "./settle.ts";

const most = 3;

/** The requirements of `covers`, and their level. */
export function compileCovers(c: Compilation, path: Path, value: unknown): { covers: string[]; level: Level } {
  if (value === undefined) return { covers: [], level: "MAY" };
  const settled = settle(c.matrix, value);
  const ids = (Array.isArray(settled) ? settled.flat() : [settled]).map(String);
  const at = c.source.at(path);
  if (ids.length === 0 || ids.length > most) c.problems.add(at, `a check covers one to ${most} requirements, this one ${ids.length}`);
  const found = ids.flatMap((id) => {
    const requirement = c.requirements.get(id);
    if (requirement === undefined) c.problems.add(at, `no requirement ${id}${didYouMean(id, c.requirements.keys())}`);
    else if (requirement.retired) c.problems.add(at, `${id} is retired: no check covers it`);
    else if (requirement.caller) c.problems.add(at, `${id} binds the caller: no runtime can be judged by it`);
    return requirement ?? [];
  });
  const [first] = found;
  const other = found.find((requirement) => requirement.level !== first?.level);
  if (first !== undefined && other !== undefined) c.problems.add(at, `${first.id} is ${first.level}, ${other.id} is ${other.level}: give each a check of its own`);
  return { covers: ids, level: first?.level ?? "MAY" };
}
