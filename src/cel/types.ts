/** Types of CEL values as the loader knows them. */
import type { CriSchema, FieldSchema, FieldType, MessageSchema } from "../cri/schema.ts";

export type CelType =
  | "dyn" | "int" | "string" | "bool" | "bytes" | "double" | "duration" | "null" | "code"
  | { readonly message: string }
  | { readonly enum: string }
  | { readonly list: CelType }
  | { readonly map: CelType }
  /** A thing of the harness with fields of its own, such as a fixture. */
  | { readonly object: string; readonly fields: Readonly<Record<string, CelType>> };

export type Scope = ReadonlyMap<string, CelType>;

/** The type in words. */
export function typeName(type: CelType): string {
  if (typeof type === "string") return type;
  if ("message" in type) return type.message;
  if ("enum" in type) return type.enum;
  if ("object" in type) return type.object;
  return "list" in type ? `list of ${typeName(type.list)}` : `map to ${typeName(type.map)}`;
}

/** The CEL type of a field of a message. */
function fieldCelType(field: FieldSchema): CelType {
  const single = singleType(field.type);
  if (field.label === "repeated") return { list: single };
  return field.label === "map" ? { map: single } : single;
}

function singleType(type: FieldType): CelType {
  if (type.kind === "message") return { message: type.name };
  if (type.kind === "enum") return { enum: type.name };
  if (type.name === "string" || type.name === "bool" || type.name === "bytes") return type.name;
  return type.name === "double" || type.name === "float" ? "double" : "int";
}

/** The fields of a type that has known ones. */
export function fieldsOf(type: CelType, schema: CriSchema): ReadonlyMap<string, CelType> | undefined {
  if (typeof type === "string") return undefined;
  if ("object" in type) return new Map(Object.entries(type.fields));
  if (!("message" in type)) return undefined;
  const message = schema.messages.get(type.message);
  if (message === undefined) return undefined;
  const fields = messageFields.get(message) ?? new Map([...message.fields].map(([name, field]) => [name, fieldCelType(field)]));
  messageFields.set(message, fields);
  return fields;
}

const messageFields = new WeakMap<MessageSchema, ReadonlyMap<string, CelType>>();

const constants = new WeakMap<CriSchema, ReadonlyMap<string, readonly string[]>>();

/** Every enum value's name with the enums that have it. */
export function enumConstants(schema: CriSchema): ReadonlyMap<string, readonly string[]> {
  const known = constants.get(schema);
  if (known !== undefined) return known;
  const found = new Map<string, string[]>();
  for (const [name, item] of schema.enums) for (const value of item.values.keys()) found.set(value, [...(found.get(value) ?? []), name]);
  constants.set(schema, found);
  return found;
}
