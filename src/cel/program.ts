/** Parsing: texts are parsed once, and `matches` is moved to a linear-time engine. */
import { Environment, EvaluationError, ParseError, TypeError as CelTypeError } from "@marcbachmann/cel-js";
import type { ASTNode, ParseResult } from "@marcbachmann/cel-js";
import { messageOf } from "../model/errors.ts";
import { CelError } from "./errors.ts";
import { linearMatches, registerFunctions } from "./functions.ts";

export interface Program {
  readonly source: string;
  readonly run: ParseResult;
  readonly ast: ASTNode;
  /** Every identifier that the text mentions. */
  readonly names: ReadonlySet<string>;
}

const environment = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false, enableOptionalTypes: true });
registerFunctions(environment);

const programs = new Map<string, Program>();

/** Parses a text, or takes it from the cache. Throws CelError. */
export function programOf(source: string): Program {
  const known = programs.get(source);
  if (known !== undefined) return known;
  const program = parseProgram(source);
  programs.set(source, program);
  return program;
}

function parseProgram(source: string): Program {
  const first = guarded(source, () => environment.parse(source));
  const renamed = renameMatches(source, first.ast);
  const run = renamed === source ? first : guarded(source, () => environment.parse(renamed));
  return { source, run, ast: run.ast, names: namesIn(run.ast) };
}

/** The same text with each `.matches(` call renamed; lengths stay the same. */
function renameMatches(source: string, ast: ASTNode): string {
  let renamed = source;
  for (const node of nodesOf(ast)) {
    if (node.op !== "rcall" || node.args[0] !== "matches") continue;
    const at = source.indexOf("matches", node.args[1].end);
    renamed = renamed.slice(0, at) + linearMatches + renamed.slice(at + linearMatches.length);
  }
  return renamed;
}

/** Every node of a tree, the root first. */
function nodesOf(ast: ASTNode): ASTNode[] {
  const found: ASTNode[] = [];
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(visit);
    else if (isNode(part)) {
      found.push(part);
      visit(part.args);
    }
  };
  visit(ast);
  return found;
}

function isNode(part: unknown): part is ASTNode {
  return typeof part === "object" && part !== null && "op" in part && "args" in part;
}

function namesIn(ast: ASTNode): Set<string> {
  return new Set(nodesOf(ast).flatMap((node) => (node.op === "id" ? [node.args] : [])));
}

/** Runs `work`, and turns what cel-js throws into a CelError in our words. */
export function guarded<T>(source: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CelError) throw error;
    if (error instanceof EvaluationError || error instanceof ParseError || error instanceof CelTypeError) {
      throw new CelError(inOurWords(error.summary), source, (error.range?.start ?? 0) + 1);
    }
    throw new CelError(messageOf(error), source, 1);
  }
}

function inOurWords(summary: string): string {
  const bounds = /index out of bounds, index (\S+) >= size (\S+)/.exec(summary);
  if (bounds !== null) return `there is no item ${bounds[1] ?? ""}: the list has ${bounds[2] === "undefined" ? "0" : (bounds[2] ?? "")}`;
  const key = /^No such key: (.*)$/s.exec(summary);
  if (key !== null) return `'${key[1] ?? ""}' is absent`;
  const variable = /^Unknown variable: (.*)$/s.exec(summary);
  if (variable !== null) return `'${variable[1] ?? ""}' has no value here`;
  return summary.replaceAll(linearMatches, "matches");
}
