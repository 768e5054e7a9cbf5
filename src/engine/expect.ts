/** `expect`: a message matches in part; lists (their items in part), maps and scalars whole. */
import { util } from "chai";
import { compareValues, showValue } from "../cel/api.ts";
import { criSchema } from "../cri/schema.ts";
import { type ApiVersion, asRecord } from "../cri/message.ts";

interface Cut {
  readonly actual: unknown;
  readonly wanted: unknown;
}

/** Absence as it is shown. */
const absent = null;

function cutMessage(actual: unknown, wanted: unknown, type: string, api: ApiVersion): Cut {
  const record = asRecord(actual);
  const shape = asRecord(wanted);
  if (record === undefined || shape === undefined) {
    return { actual: record === undefined ? (actual ?? absent) : record, wanted };
  }
  const fields = criSchema(api).messages.get(type)?.fields;
  const cuts = Object.entries(shape).map(([key, value]): [string, Cut] => {
    const field = fields?.get(key);
    const found = record[key];
    const messageType = field?.type.kind === "message" ? field.type.name : undefined;
    if (value === null || found === undefined) {
      return [key, { actual: found ?? absent, wanted: value }];
    }
    if (field?.label === "repeated" && Array.isArray(found) && Array.isArray(value)) {
      const items = found.map((item: unknown, at) => (messageType !== undefined && at < value.length ? cutMessage(item, value[at], messageType, api) : { actual: item, wanted: value[at] }));
      return [key, { actual: items.map((item) => item.actual), wanted: value.map((item: unknown, at) => items[at]?.wanted ?? item) }];
    }
    const inPart = field === undefined || (field.label === "single" && messageType !== undefined);
    return [key, inPart ? cutMessage(found, value, messageType ?? "", api) : { actual: found, wanted: value }];
  });
  return {
    actual: Object.fromEntries(cuts.map(([key, cut]) => [key, cut.actual])),
    wanted: Object.fromEntries(cuts.map(([key, cut]) => [key, cut.wanted])),
  };
}

/** Numbers are equal by value: an answer has bigint, a suite may have either. */
function same(actual: unknown, wanted: unknown): boolean {
  const comparator = (left: unknown, right: unknown): boolean | null => (isNumber(left) && isNumber(right) ? compareValues(left, right) === 0 : null);
  return util.eql(actual, wanted, { comparator });
}

function isNumber(value: unknown): value is bigint | number {
  return typeof value === "bigint" || typeof value === "number";
}

/** Where the two part, each place with both values: the nearest that a reader can look at. */
function* partings(actual: unknown, wanted: unknown, path: string): Generator<string> {
  if (same(actual, wanted)) {
    return;
  }
  const [found, shape] = [asRecord(actual), asRecord(wanted)];
  if (found !== undefined && shape !== undefined) {
    for (const key of new Set([...Object.keys(shape), ...Object.keys(found)])) {
      yield* partings(found[key], shape[key], path === "" ? key : `${path}.${key}`);
    }
    return;
  }
  if (Array.isArray(actual) && Array.isArray(wanted) && actual.length === wanted.length) {
    for (const [at, item] of wanted.entries()) {
      yield* partings(actual[at], item, `${path}[${at}]`);
    }
    return;
  }
  yield `${path === "" ? "" : `${path}: `}wanted ${shown(wanted)}, got ${shown(actual)}`;
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : showValue(value);
}

const mostShown = 4;

/** The differences in words; undefined when the message matches. `type` is its proto name, empty for a verb's result. */
export function differenceOf(actual: unknown, wanted: unknown, type: string, api: ApiVersion): string | undefined {
  const cut = cutMessage(actual, wanted, type, api);
  const found = [...partings(cut.actual, cut.wanted, "")];
  if (found.length === 0) {
    return undefined;
  }
  const more = found.length > mostShown ? [`and ${found.length - mostShown} more`] : [];
  return [...found.slice(0, mostShown), ...more].join("; ");
}
