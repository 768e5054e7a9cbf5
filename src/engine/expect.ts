/** `expect`: a message matches in part; lists (their items in part), maps and scalars whole. */
import { deepEqual, showValue } from "../cel/evaluate.ts";
import { criSchema } from "../cri/schema.ts";
import type { ApiVersion } from "../cri/message.ts";
import { asRecord } from "../steps/input.ts";

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

/** The difference in words; undefined when the message matches. `type` is its proto name, empty for a verb's result. */
export function differenceOf(actual: unknown, wanted: unknown, type: string, api: ApiVersion): string | undefined {
  const cut = cutMessage(actual, wanted, type, api);
  if (deepEqual(cut.actual, cut.wanted)) {
    return undefined;
  }
  return `wanted ${showValue(cut.wanted)}, got ${showValue(cut.actual)}`;
}
