/**
 * Type-checks CEL texts against the proto and the names in scope, when suites are loaded. What has no known
 * type is dyn and passes; what can be known is checked, so that a mistyped field never becomes a verdict.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import type { CriSchema } from "../cri/schema.ts";
import { grpcCodes } from "../model/grpc-code.ts";
import { didYouMean } from "./did-you-mean.ts";
import { CelError } from "./errors.ts";
import { programOf } from "./program.ts";
import { enumConstants, fieldsOf, typeName } from "./types.ts";
import type { CelType, Scope } from "./types.ts";

export interface CelProblem {
  readonly message: string;
  /** Counts from 1. */
  readonly column: number;
}

export interface CheckedCel {
  readonly type: CelType;
  readonly problems: readonly CelProblem[];
}

interface Walk {
  readonly schema: CriSchema;
  readonly problems: CelProblem[];
}

const units = new Set(["KiB", "MiB", "GiB"]);
const codes = new Set<string>(grpcCodes);
const builtInNames = new Set([...units, "base64", "optional", "cel", "int", "string", "bool", "bytes", "double", "uint", "list", "map", "null_type", "type", "dyn", "google"]);

/** The type of a text and what is wrong with it. Never throws for a bad text. */
export function checkCel(source: string, scope: Scope, schema: CriSchema): CheckedCel {
  if (/^\s*\$\{/.test(source)) return { type: "dyn", problems: [{ message: "this is CEL already: write it without ${ }", column: 1 }] };
  const problems: CelProblem[] = [];
  try {
    return { type: typeOf(programOf(source).ast, scope, { schema, problems }), problems };
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return { type: "dyn", problems: [{ message: error.message, column: error.column }] };
  }
}

function complain(walk: Walk, node: ASTNode, message: string): CelType {
  walk.problems.push({ message, column: node.start + 1 });
  return "dyn";
}

function typeOf(node: ASTNode, scope: Scope, walk: Walk): CelType {
  switch (node.op) {
    case "value": return literalType(node.args);
    case "id": return nameType(node, node.args, scope, walk);
    case ".": case ".?": return selectType(node, node.args[0], node.args[1], scope, walk);
    case "[]": case "[?]": return indexType(node, node.args[0], node.args[1], scope, walk);
    case "list": return { list: common(node.args.map((item) => typeOf(item, scope, walk))) };
    case "map": return { map: common(node.args.map(([key, value]) => { typeOf(key, scope, walk); return typeOf(value, scope, walk); })) };
    case "&&": case "||": node.args.forEach((arg) => typeOf(arg, scope, walk)); return "bool";
    case "!_": typeOf(node.args, scope, walk); return "bool";
    case "-_": return typeOf(node.args, scope, walk);
    case "?:": return common(node.args.map((arg) => typeOf(arg, scope, walk)).slice(1));
    case "call": return callType(node, node.args[0], node.args[1], scope, walk);
    case "rcall": return methodType(node, node.args[0], node.args[1], node.args[2], scope, walk);
    case "==": case "!=": case "<": case "<=": case ">": case ">=": case "in":
      return comparison(node, node.op, node.args[0], node.args[1], scope, walk);
    case "+": case "-": case "*": case "/": case "%":
      return common(node.args.map((arg) => typeOf(arg, scope, walk)));
  }
}

function literalType(value: unknown): CelType {
  if (value === null) return "null";
  if (typeof value === "bigint") return "int";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  if (typeof value === "number") return "double";
  return value instanceof Uint8Array ? "bytes" : "dyn";
}

function nameType(node: ASTNode, name: string, scope: Scope, walk: Walk): CelType {
  const known = scope.get(name);
  if (known !== undefined) return known;
  if (units.has(name)) return "int";
  if (codes.has(name)) return "code";
  const owners = enumConstants(walk.schema).get(name);
  if (owners !== undefined) return owners.length === 1 && owners[0] !== undefined ? { enum: owners[0] } : "dyn";
  if (builtInNames.has(name)) return "dyn";
  return complain(walk, node, `'${name}' has no value here${didYouMean(name, [...scope.keys(), ...(/^[A-Z]/.test(name) ? enumConstants(walk.schema).keys() : [])])}`);
}

function selectType(node: ASTNode, object: ASTNode, field: string, scope: Scope, walk: Walk): CelType {
  const owner = typeOf(object, scope, walk);
  const fields = fieldsOf(owner, walk.schema);
  if (fields !== undefined) {
    return fields.get(field) ?? complain(walk, node, `${typeName(owner)} has no field '${field}'${didYouMean(field, fields.keys())}`);
  }
  if (typeof owner === "object" && "map" in owner) return owner.map;
  if (owner === "dyn") return "dyn";
  return complain(walk, node, `${typeName(owner)} has no field '${field}'`);
}

function indexType(node: ASTNode, object: ASTNode, index: ASTNode, scope: Scope, walk: Walk): CelType {
  const owner = typeOf(object, scope, walk);
  typeOf(index, scope, walk);
  if (typeof owner !== "object") return "dyn";
  if ("list" in owner) return owner.list;
  if ("map" in owner) return owner.map;
  if (index.op === "value" && typeof index.args === "string") return selectType(node, object, index.args, scope, walk);
  return "object" in owner ? common(Object.values(owner.fields)) : "dyn";
}

function comparison(node: ASTNode, op: string, left: ASTNode, right: ASTNode, scope: Scope, walk: Walk): CelType {
  const [a, b] = [typeOf(left, scope, walk), typeOf(right, scope, walk)];
  if (op === "in") return "bool";
  for (const [type, other, otherType] of [[a, right, b], [b, left, a]] as const) {
    if (otherType === "null" && type !== "dyn") complain(walk, node, neverNull(type));
    if (typeof type === "object" && "enum" in type) checkEnumSide(type.enum, other, otherType, walk);
  }
  if (clash(a, b)) complain(walk, node, `cannot compare ${typeName(a)} with ${typeName(b)}`);
  return "bool";
}

function neverNull(type: CelType): string {
  return typeof type === "object" && "message" in type ? "a message is never null: use has()" : `a value of type ${typeName(type)} is never null`;
}

function checkEnumSide(name: string, other: ASTNode, type: CelType, walk: Walk): void {
  if (other.op === "value" && typeof other.args === "string") complain(walk, other, `write ${other.args} without quotes`);
  else if (type === "string" || type === "code") complain(walk, other, `${name} cannot be compared with a ${type}`);
  else if (typeof type === "object" && "enum" in type && type.enum !== name) complain(walk, other, `${name} cannot be compared with ${type.enum}`);
}

const ordinary = new Set<CelType>(["int", "string", "bool", "bytes", "duration"]);

function clash(a: CelType, b: CelType): boolean {
  if (ordinary.has(a) && ordinary.has(b)) return a !== b;
  const isMessage = (type: CelType): boolean => typeof type === "object" && ("message" in type || "list" in type);
  return (ordinary.has(a) && isMessage(b)) || (ordinary.has(b) && isMessage(a));
}

/** Result types of functions and methods; the rest is dyn. */
const results: Readonly<Record<string, CelType>> = {
  size: "int", string: "string", int: "int", bytes: "bytes", double: "double", bool: "bool", duration: "duration", nanos: "int", pattern: "bytes",
  sameItems: "bool", isIP: "bool", isURL: "bool", isSemver: "bool", startsWith: "bool", endsWith: "bool", contains: "bool", matches: "bool", rematch: "bool",
  isSorted: "bool", substring: "string", indexOf: "int", lastIndexOf: "int", lowerAscii: "string", upperAscii: "string", trim: "string", join: "string",
  decode: "bytes", encode: "string", hasValue: "bool", hex: "string", getMilliseconds: "int", getSeconds: "int",
};
const listResults = { gaps: { list: "int" }, split: { list: "string" } } as const;
const others = ["dyn", "type", "timestamp", "merge", "json", "uint", "orValue", "or", "value", "of", "none", "ofNonZeroValue", "optional", "base64", "at", "bind", "getHours", "getMinutes", "has", "all", "exists", "exists_one", "map", "filter", "flatten", "distinct", "sum", "min", "max", ...Object.keys(listResults)];
const known = new Set([...Object.keys(results), ...others]);

function callType(node: ASTNode, name: string, args: readonly ASTNode[], scope: Scope, walk: Walk): CelType {
  if (!known.has(name)) complain(walk, node, `no function '${name}'${didYouMean(name, known)}`);
  const [first] = args;
  if (name === "has" && first !== undefined) return hasType(first, scope, walk);
  const types = args.map((arg) => typeOf(arg, scope, walk));
  if (name === "merge") return types[0] ?? "dyn";
  if (name === "gaps") return listResults.gaps;
  return results[name] ?? "dyn";
}

function hasType(argument: ASTNode, scope: Scope, walk: Walk): CelType {
  const type = typeOf(argument, scope, walk);
  const owner = argument.op === "." ? typeOf(argument.args[0], scope, { schema: walk.schema, problems: [] }) : "dyn";
  const ofMessage = typeof owner === "object" && "message" in owner;
  if (!ofMessage || type === "dyn" || (typeof type === "object" && "message" in type)) return "bool";
  complain(walk, argument, `always true: ${typeof type === "object" && "list" in type ? "a list" : typeof type === "object" && "map" in type ? "a map" : `${typeName(type) === "int" ? "an" : "a"} ${typeName(type)}`} is never absent`);
  return "bool";
}

const iterations = new Set(["all", "exists", "exists_one", "map", "filter"]);

function methodType(node: ASTNode, name: string, receiver: ASTNode, args: readonly ASTNode[], scope: Scope, walk: Walk): CelType {
  const owner = typeOf(receiver, scope, walk);
  if (!known.has(name)) complain(walk, node, `no function '${name}'${didYouMean(name, known)}`);
  const [variable] = args;
  if (name === "bind" && variable?.op === "id" && args[1] !== undefined && args[2] !== undefined) {
    return typeOf(args[2], new Map(scope).set(variable.args, typeOf(args[1], scope, walk)), walk);
  }
  if (iterations.has(name) && variable?.op === "id") {
    const inner = new Map(scope).set(variable.args, itemType(owner));
    const types = args.slice(1).map((arg) => typeOf(arg, inner, walk));
    if (name === "map") return { list: types.at(-1) ?? "dyn" };
    return name === "filter" ? owner : "bool";
  }
  args.forEach((arg) => typeOf(arg, scope, walk));
  const item = itemType(owner);
  if (name === "flatten") return item;
  if (name === "distinct") return owner;
  if (name === "sum" || name === "min" || name === "max") return item;
  return name === "split" ? listResults.split : (results[name] ?? "dyn");
}

function itemType(type: CelType): CelType {
  if (typeof type !== "object") return "dyn";
  if ("list" in type) return type.list;
  return "map" in type ? "string" : "dyn";
}

function common(types: readonly CelType[]): CelType {
  const [first] = types;
  return first !== undefined && types.every((type) => JSON.stringify(type) === JSON.stringify(first)) ? first : "dyn";
}
