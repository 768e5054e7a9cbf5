/**
 * Messages to bytes and back, driven by the schema. Strict on the way out: proto-loader would drop an unknown
 * field and turn a wrong enum name into zero, and a suite would then judge a request that nobody wrote.
 */
import { HarnessError, messageOf } from "../model/errors.ts";
import { type ApiVersion, isRecord, type Message } from "./message.ts";
import type { CriSchema, EnumSchema, FieldSchema, MessageSchema } from "./schema.ts";
import { criSchema } from "./schema.ts";
import { readScalar, scalarOf, wireTypeOf, writeScalar, zeroOf } from "./wire-scalar.ts";
import { Reader, Writer } from "./wire.ts";

/** The protobuf bytes of a message, in field order of the proto, so the same message gives the same bytes. */
export function encodeMessage(api: ApiVersion, type: string, message: Message): Uint8Array {
  const writer = Writer.create();
  writeMessage(criSchema(api), messageSchema(criSchema(api), type), message, writer, type);
  return writer.finish();
}

/** What a message that was read from bytes has for a prototype. Nobody changes such a message: what wants another makes a copy. */
const decoded: object = Object.create(Object.prototype);

/** Whether a message was read from bytes, with all that is in it: integers are bigint, bytes plain, and nothing is undefined. */
export function isDecoded(message: object): boolean {
  return Object.getPrototypeOf(message) === decoded;
}

/** The message that the bytes hold; unknown fields are skipped. Throws an Error when they are no such message. */
export function decodeMessage(api: ApiVersion, type: string, bytes: Uint8Array): Message {
  const schema = criSchema(api);
  const shape = shapeOf(schema, messageSchema(schema, type));
  const message = empty(shape);
  try {
    readInto(schema, shape, message, Reader.create(bytes), bytes.length);
  } catch (thrown) {
    throw new Error(`not a ${type}: ${messageOf(thrown)}`, { cause: thrown });
  }
  return message;
}

function messageSchema(schema: CriSchema, type: string): MessageSchema {
  const found = schema.messages.get(type);
  if (found === undefined) throw new HarnessError("USAGE", `CRI ${schema.api} has no message ${type}`, { hint: "Use a message name of the proto." });
  return found;
}

function enumSchema(schema: CriSchema, name: string): EnumSchema {
  return schema.enums.get(name) ?? { name, values: new Map() };
}

function misfit(path: string, wanted: string, value: unknown): HarnessError {
  const shown = typeof value === "string" ? JSON.stringify(value) : typeof value === "bigint" || typeof value === "number" ? String(value) : value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
  return new HarnessError("USAGE", `${path} wants ${wanted}, got ${shown}`, { hint: "Write the value as the proto types it." });
}

function writeMessage(schema: CriSchema, type: MessageSchema, value: unknown, writer: Writer, path: string): void {
  if (!isRecord(value)) throw misfit(path, `a ${type.name}`, value);
  for (const name of Object.keys(value)) {
    if (!type.fields.has(name)) {
      throw new HarnessError("USAGE", `${path}.${name}: ${type.name} has no field '${name}'`, { hint: `Its fields are: ${[...type.fields.keys()].join(", ")}.` });
    }
  }
  for (const field of type.fields.values()) {
    const item = value[field.name];
    if (item !== undefined && item !== null) writeField(schema, field, item, writer, `${path}.${field.name}`);
  }
}

function writeField(schema: CriSchema, field: FieldSchema, value: unknown, writer: Writer, path: string): void {
  if (field.label === "repeated") return writeList(schema, field, value, writer, path);
  if (field.label === "map") return writeMap(schema, field, value, writer, path);
  if (field.type.kind === "message") return writeNested(schema, field, value, writer, path);
  const scalar = toScalar(schema, field, value, path);
  if (!isZero(scalar)) {
    writer.uint32((field.number << 3) | wireTypeOf(field.type));
    writeScalar(writer, field.type, scalar);
  }
}

function writeNested(schema: CriSchema, field: FieldSchema, value: unknown, writer: Writer, path: string): void {
  writer.uint32((field.number << 3) | 2).fork();
  writeMessage(schema, messageSchema(schema, field.type.name), value, writer, path);
  writer.ldelim();
}

function writeList(schema: CriSchema, field: FieldSchema, value: unknown, writer: Writer, path: string): void {
  if (!Array.isArray(value)) throw misfit(path, "a list", value);
  const items: readonly unknown[] = value;
  if (items.length === 0) return;
  if (field.type.kind === "message") return items.forEach((item, index) => writeNested(schema, field, item, writer, `${path}[${index}]`));
  const scalars = items.map((item, index) => toScalar(schema, field, item, `${path}[${index}]`));
  const wire = wireTypeOf(field.type);
  if (wire === 2) {
    for (const scalar of scalars) writeScalar(writer.uint32((field.number << 3) | 2), field.type, scalar);
    return;
  }
  writer.uint32((field.number << 3) | 2).fork();
  for (const scalar of scalars) writeScalar(writer, field.type, scalar);
  writer.ldelim();
}

function writeMap(schema: CriSchema, field: FieldSchema, value: unknown, writer: Writer, path: string): void {
  if (!isRecord(value)) throw misfit(path, "a map", value);
  for (const [key, item] of Object.entries(value)) {
    writer.uint32((field.number << 3) | 2).fork().uint32(10).string(key);
    writeField(schema, { ...field, number: 2, label: "single" }, item, writer, `${path}['${key}']`);
    writer.ldelim();
  }
}

function toScalar(schema: CriSchema, field: FieldSchema, value: unknown, path: string): unknown {
  if (field.type.kind === "enum" && typeof value === "string") {
    const values = enumSchema(schema, field.type.name).values;
    const number = values.get(value);
    if (number === undefined) {
      throw new HarnessError("USAGE", `${path}: ${field.type.name} has no value ${value}`, { hint: `Its values are: ${[...values.keys()].join(", ")}.` });
    }
    return BigInt(number);
  }
  const scalar = scalarOf(field.type, value);
  if ("wanted" in scalar) throw misfit(path, scalar.wanted, value);
  return scalar.value;
}

function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  // Negative zero is a double of its own and is sent.
  return value === 0n || value === "" || value === false || Object.is(value, 0);
}

/** What reading a type needs of its schema, gathered once. */
interface Shape {
  readonly type: MessageSchema;
  readonly byNumber: ReadonlyMap<number, FieldSchema>;
  /** What makes each field that an empty message has; lists and maps are made anew. */
  readonly zeros: readonly (readonly [name: string, make: () => unknown])[];
}

const shapes = new WeakMap<MessageSchema, Shape>();

function shapeOf(schema: CriSchema, type: MessageSchema): Shape {
  const known = shapes.get(type);
  if (known !== undefined) return known;
  const fields = [...type.fields.values()];
  const zeros = fields.flatMap((field): [string, () => unknown][] => {
    if (field.label === "repeated") return [[field.name, () => []]];
    if (field.label === "map") return [[field.name, () => ({})]];
    if (field.type.kind === "message") return [];
    const zero = zeroValue(schema, field);
    return [[field.name, () => zero]];
  });
  const shape: Shape = { type, byNumber: new Map(fields.map((field) => [field.number, field])), zeros };
  shapes.set(type, shape);
  return shape;
}

function empty({ zeros }: Shape): Message {
  const message: Message = Object.create(decoded);
  for (const [name, make] of zeros) message[name] = make();
  return message;
}

function zeroValue(schema: CriSchema, { type }: FieldSchema): unknown {
  return type.kind === "enum" ? enumName(schema, type.name, 0) : zeroOf(type);
}

const enumNames = new WeakMap<EnumSchema, ReadonlyMap<number, string>>();

/** Of two names of one number the first. */
function enumName(schema: CriSchema, name: string, number: number): string | bigint {
  const type = enumSchema(schema, name);
  const names = enumNames.get(type) ?? new Map([...type.values].reverse().map(([value, its]) => [its, value]));
  enumNames.set(type, names);
  return names.get(number) ?? BigInt(number);
}

function readInto(schema: CriSchema, { type, byNumber }: Shape, message: Message, reader: Reader, end: number): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    const field = byNumber.get(tag >>> 3);
    if (tag >>> 3 === 0) throw new Error("field number 0");
    if (field === undefined) reader.skipType(tag & 7);
    else readField(schema, field, message, reader, tag & 7, type.name);
  }
  if (reader.pos !== end) throw new Error(`a field of ${type.name} runs over its end`);
}

function readField(schema: CriSchema, field: FieldSchema, message: Message, reader: Reader, wire: number, owner: string): void {
  const isList = field.label === "repeated";
  const expected = field.label === "map" ? 2 : wireTypeOf(field.type);
  const packed = isList && wire === 2 && expected !== 2;
  if (wire !== expected && !packed) throw new Error(`${owner}.${field.name} has wire type ${wire} instead of ${expected}`);
  if (field.label === "map") return readEntry(schema, field, message, reader);
  const list = message[field.name];
  if (!Array.isArray(list)) {
    message[field.name] = readValue(schema, field, reader, message[field.name]);
    return;
  }
  if (!packed) {
    list.push(readValue(schema, field, reader, undefined));
    return;
  }
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) list.push(readValue(schema, field, reader, undefined));
}

/** One value; `before` is the message of the same field read earlier, into which a second one merges. */
function readValue(schema: CriSchema, field: FieldSchema, reader: Reader, before: unknown): unknown {
  if (field.type.kind === "enum") return enumName(schema, field.type.name, reader.int32());
  if (field.type.kind === "scalar") return readScalar(reader, field.type.name);
  const shape = shapeOf(schema, messageSchema(schema, field.type.name));
  const message = isRecord(before) ? before : empty(shape);
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new Error(`${shape.type.name} is cut short`);
  readInto(schema, shape, message, reader, end);
  return message;
}

function readEntry(schema: CriSchema, field: FieldSchema, message: Message, reader: Reader): void {
  const end = reader.uint32() + reader.pos;
  let key = "";
  let value: unknown;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 10) key = String(readScalar(reader, "string"));
    else if (tag >>> 3 === 2) value = readValue(schema, field, reader, undefined);
    else reader.skipType(tag & 7);
  }
  const map = message[field.name];
  if (!isRecord(map)) return;
  value ??= field.type.kind === "message" ? empty(shapeOf(schema, messageSchema(schema, field.type.name))) : zeroValue(schema, field);
  // defineProperty, since a label may be called __proto__.
  Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}
