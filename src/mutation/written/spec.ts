/** Faults as YAML says them (docs/mutation.md): the words, and how they are read. */
import type { Problems } from "../../catalog/problems.ts";
import { durationMs, type Fields, isFields, type Source } from "../../catalog/source.ts";
import { criSchema } from "../../cri/schema.ts";
import { type GrpcCode, grpcCodes } from "../../model/grpc-code.ts";
import type { Path } from "../../yaml/document.ts";

/** A call to the sound runtime. */
export interface SideCall {
  readonly rpc: string;
  readonly request: unknown;
}

export interface Refusal {
  readonly code: GrpcCode;
  readonly message: string;
}

/** What is done to the items of a list in an answer. */
export interface ItemsSpec {
  readonly of: string;
  /** CEL over `item`: which stay. */
  readonly keep?: string;
  /** Laid over each item. */
  readonly each?: unknown;
  readonly order?: "reverse" | "rotate";
  readonly add?: unknown;
}

/** What becomes of a refusal of the runtime: another code, another text, or an answer. */
export interface ErrorSpec {
  /** Only of refusals with this code. */
  readonly of?: GrpcCode;
  readonly code?: GrpcCode;
  readonly message?: string;
  readonly answer?: unknown;
}

/** One fault. Everything but `rpcs` is optional; see docs/mutation.md for what each does. */
export interface FaultSpec {
  readonly rpcs: readonly string[];
  readonly when?: string;
  readonly ask: Readonly<Record<string, SideCall>>;
  readonly request?: unknown;
  readonly answer?: unknown;
  readonly response?: unknown;
  readonly items: readonly ItemsSpec[];
  readonly fail?: Refusal;
  readonly failAfter?: Refusal;
  readonly error: ErrorSpec | undefined;
  readonly delay?: number;
  readonly delayAfter?: number;
  readonly before: readonly SideCall[];
  readonly also: readonly SideCall[];
  readonly files: readonly { readonly op: "truncate" | "remove"; readonly path: unknown }[];
  readonly cut?: { readonly field: string; readonly bytes: number };
  readonly stale?: number;
  readonly serial: boolean;
  readonly drop?: string;
  readonly twice?: string;
}

const keys = ["rpc", "when", "ask", "request", "answer", "response", "items", "fail", "failAfter", "error", "delay", "delayAfter", "before", "also", "files", "cut", "stale", "serial", "drop", "twice"];
/** Every RPC. */
const everyRpc = "*";

/** Where something is written, for complaints. */
export interface Place {
  readonly source: Source;
  readonly problems: Problems;
  readonly path: Path;
}

/** Reads one fault; what is wrong with it becomes a problem. */
export function readFault(value: unknown, place: Place): FaultSpec {
  const fields: Fields = isFields(value) ? value : {};
  const bad = (message: string): undefined => {
    place.problems.add(place.source.at(place.path), message);
    return undefined;
  };
  if (!isFields(value)) bad("a fault is a mapping");
  for (const key of Object.keys(fields)) if (!keys.includes(key)) bad(`there is no '${key}' in a fault: ${keys.join(", ")}`);
  const text = (key: string): string | undefined => { const found = fields[key]; return found === undefined || typeof found === "string" ? found : bad(`'${key}' is CEL`); };
  const duration = (key: string): number | undefined => (fields[key] === undefined ? undefined : (durationMs(fields[key]) ?? bad(`'${key}' is a duration such as 200ms`)));
  const when = text("when"); const drop = text("drop"); const twice = text("twice");
  const delay = duration("delay"); const delayAfter = duration("delayAfter"); const stale = duration("stale");
  const fail = refusal(fields["fail"], bad); const failAfter = refusal(fields["failAfter"], bad); const cut = readCut(fields["cut"], bad);
  return {
    rpcs: rpcsOf(fields["rpc"], bad),
    ask: Object.fromEntries(Object.entries(isFields(fields["ask"]) ? fields["ask"] : {}).flatMap(([name, call]) => sideCalls([call], bad).map((one) => [name, one]))),
    before: sideCalls(fields["before"], bad), also: sideCalls(fields["also"], bad), files: filesOf(fields["files"], bad), items: itemsOf(fields["items"], bad), serial: fields["serial"] === true, error: errorOf(fields["error"], bad),
    ...optional({ when, drop, twice, delay, delayAfter, stale, fail, failAfter, cut, request: fields["request"], answer: fields["answer"], response: fields["response"] }),
  };
}

type Bad = (message: string) => undefined;

/** Without the keys that have no value. */
function optional<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const key in values) {
    const value = values[key];
    if (value !== undefined) kept[key] = value as Exclude<T[typeof key], undefined>;
  }
  return kept;
}

function rpcsOf(value: unknown, bad: Bad): string[] {
  const all = [...criSchema("v1").rpcs.keys()];
  if (value === everyRpc) return all;
  const names = (Array.isArray(value) ? value : [value]).map(String);
  for (const name of names) if (!all.includes(name)) bad(`there is no RPC '${name}'`);
  return names;
}

function codeOf(value: unknown, bad: Bad): GrpcCode {
  return grpcCodes.find((code) => code === value) ?? bad(`there is no code '${String(value)}'`) ?? "UNKNOWN";
}

function refusal(value: unknown, bad: Bad): Refusal | undefined {
  if (value === undefined) return undefined;
  if (!isFields(value)) return { code: codeOf(value, bad), message: "as ordered" };
  return { code: codeOf(value["code"], bad), message: String(value["message"] ?? "as ordered") };
}

function errorOf(value: unknown, bad: Bad): FaultSpec["error"] {
  if (!isFields(value)) return value === undefined ? undefined : bad("'error' has code, message or both");
  const codes = (key: "of" | "code"): { of?: GrpcCode; code?: GrpcCode } => (value[key] === undefined ? {} : { [key]: codeOf(value[key], bad) });
  return { ...codes("of"), ...codes("code"), ...(value["answer"] === undefined ? {} : { answer: value["answer"] }), ...(value["message"] === undefined ? {} : { message: String(value["message"]) }) };
}

/** `[{ StopContainer: { … } }]`. */
function sideCalls(value: unknown, bad: Bad): SideCall[] {
  const items: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return items.flatMap((item) => {
    const [entry, ...others] = isFields(item) ? Object.entries(item) : [];
    if (entry === undefined || others.length > 0) bad("a call is a mapping with one RPC");
    return entry === undefined ? [] : rpcsOf(entry[0], bad).map((rpc) => ({ rpc, request: entry[1] ?? {} }));
  });
}

function filesOf(value: unknown, bad: Bad): FaultSpec["files"] {
  const items: unknown[] = Array.isArray(value) ? value : [];
  return items.flatMap((item) => {
    const [op, path] = isFields(item) ? (Object.entries(item)[0] ?? []) : [];
    if (op !== "truncate" && op !== "remove") { bad("a file is truncated or removed"); return []; }
    return [{ op, path }];
  });
}

function itemsOf(value: unknown, bad: Bad): ItemsSpec[] {
  const items: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return items.flatMap((item) => {
    if (!isFields(item) || typeof item["of"] !== "string") { bad("'items' wants 'of', the field of the list"); return []; }
    const { of, keep, each, order, add } = item;
    if (order !== undefined && order !== "reverse" && order !== "rotate") bad("an order is reverse or rotate");
    return [{ of, ...(typeof keep === "string" ? { keep } : {}), ...(each === undefined ? {} : { each }), ...(add === undefined ? {} : { add }), ...(order === "reverse" || order === "rotate" ? { order } : {}) }];
  });
}

function readCut(value: unknown, bad: Bad): FaultSpec["cut"] {
  if (value === undefined) return undefined;
  if (!isFields(value) || typeof value["field"] !== "string" || typeof value["bytes"] !== "bigint") return bad("'cut' wants a field and a number of bytes");
  return { field: value["field"], bytes: Number(value["bytes"]) };
}
