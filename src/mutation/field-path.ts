/** Where fields are in a message type, and how one of them is changed in a message. */
import { isRecord, type Message } from "../cri/message.ts";
import { criSchema, type FieldSchema } from "../cri/schema.ts";

/** The fields from a message down to one of its fields. */
export type FieldPath = readonly FieldSchema[];

/** What becomes of a value: a new one, none at all, or (undefined) nothing: it stays. */
export type Change = (value: unknown) => { readonly value: unknown } | "absent" | undefined;

const deepest = 10;

/** Every field of a message type, however deep, but those that `leave` says are not to be entered or not there. */
export function fieldPaths(type: string, leave: (path: FieldPath) => "skip" | "leaf" | undefined = () => undefined): FieldPath[] {
  return below(type, [], leave);
}

function below(type: string, above: FieldPath, leave: (path: FieldPath) => "skip" | "leaf" | undefined): FieldPath[] {
  const schema = criSchema("v1").messages.get(type);
  if (schema === undefined || above.length >= deepest) return [];
  return [...schema.fields.values()].flatMap((field) => {
    const path = [...above, field];
    const left = leave(path);
    if (left === "skip") return [];
    return field.type.kind === "message" && left !== "leaf" ? [path, ...below(field.type.name, path, leave)] : [path];
  });
}

/** `status.mounts.host_path`. */
export function nameOf(path: FieldPath): string {
  return path.map((field) => field.name).join(".");
}

/** The message with the field changed in each place where it is; undefined when nothing changed. */
export function changeAt(message: Message, path: FieldPath, change: Change): Message | undefined {
  const [field, ...rest] = path;
  if (field === undefined) return undefined;
  const value = message[field.name];
  const changed = rest.length === 0 ? change(value) : inner(value, field, (item) => changeAt(item, rest, change));
  if (changed === undefined) return undefined;
  const copy = { ...message };
  if (changed === "absent") delete copy[field.name];
  else copy[field.name] = changed.value;
  return copy;
}

function inner(value: unknown, field: FieldSchema, within: (item: Message) => Message | undefined): { readonly value: unknown } | undefined {
  let touched = false;
  const one = (item: unknown): unknown => {
    const changed = isRecord(item) ? within(item) : undefined;
    if (changed !== undefined) touched = true;
    return changed ?? item;
  };
  let result: unknown = value;
  if (field.label === "repeated") result = Array.isArray(value) ? value.map(one) : value;
  else if (field.label === "map") result = isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, one(item)])) : value;
  else result = one(value);
  return touched ? { value: result } : undefined;
}
