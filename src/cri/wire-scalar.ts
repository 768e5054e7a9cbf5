/** Scalars of the proto on the wire, and their values in the harness. */
import type { FieldType } from "./schema.ts";
import type { Reader, Writer } from "./wire.ts";

const integers: Readonly<Record<string, { readonly bits: number; readonly signed: boolean }>> = {
  int32: { bits: 32, signed: true },
  int64: { bits: 64, signed: true },
  uint32: { bits: 32, signed: false },
  uint64: { bits: 64, signed: false },
};

/** True for int32, int64, uint32 and uint64. */
function isIntegerType(name: string): boolean {
  return integers[name] !== undefined;
}

/** The wire type of one value. */
export function wireTypeOf(type: FieldType): number {
  if (type.kind === "message" || type.name === "string" || type.name === "bytes") return 2;
  return type.kind === "scalar" && type.name === "double" ? 1 : 0;
}

/** What a scalar reads as when nothing was sent. */
export function zeroOf(type: FieldType): unknown {
  if (type.name === "string") return "";
  if (type.name === "bytes") return new Uint8Array();
  if (type.name === "bool") return false;
  return type.name === "double" ? 0 : 0n;
}

/** The value as the writer wants it, or what would have been right. */
export function scalarOf(type: FieldType, value: unknown): { readonly value: unknown } | { readonly wanted: string } {
  if (type.kind === "enum") return integerOf("int32", value) ?? { wanted: `a value of ${type.name}` };
  if (isIntegerType(type.name)) return integerOf(type.name, value) ?? { wanted: `an integer (${type.name})` };
  if (type.name === "string") return typeof value === "string" ? { value } : { wanted: "a string" };
  if (type.name === "bool") return typeof value === "boolean" ? { value } : { wanted: "a bool" };
  if (type.name === "bytes") {
    // A string stands for its UTF-8, as in suites.
    if (typeof value === "string") return { value: new TextEncoder().encode(value) };
    return value instanceof Uint8Array ? { value } : { wanted: "bytes" };
  }
  return typeof value === "number" || typeof value === "bigint" ? { value: Number(value) } : { wanted: "a number" };
}

function integerOf(name: string, value: unknown): { readonly value: bigint } | undefined {
  const shape = integers[name];
  const whole = typeof value === "bigint" ? value : Number.isSafeInteger(value) ? BigInt(Number(value)) : undefined;
  if (shape === undefined || whole === undefined) return undefined;
  const fits = shape.signed ? BigInt.asIntN(shape.bits, whole) : BigInt.asUintN(shape.bits, whole);
  return fits === whole ? { value: whole } : undefined;
}

/** Writes one checked value without its tag. */
export function writeScalar(writer: Writer, type: FieldType, value: unknown): void {
  if (typeof value === "bigint") writeVarint(writer, value);
  else if (typeof value === "string") writer.string(value);
  else if (typeof value === "boolean") writer.bool(value);
  else if (typeof value === "number") writer.double(value);
  else if (value instanceof Uint8Array) writer.bytes(value);
  else throw new TypeError(`no ${type.name}`);
}

/** All integers, negative int32 included, are the varint of their 64 bits. */
function writeVarint(writer: Writer, value: bigint): void {
  const bits = BigInt.asUintN(64, value);
  writer.uint64({ low: Number(BigInt.asIntN(32, bits)), high: Number(BigInt.asIntN(32, bits >> 32n)), unsigned: true });
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads one value without its tag. */
export function readScalar(reader: Reader, name: string): unknown {
  switch (name) {
    case "string":
      // proto3 strings are UTF-8; a runtime that sends other bytes sends garbage.
      return decoder.decode(reader.bytes());
    case "bytes":
      return new Uint8Array(reader.bytes());
    case "bool":
      return reader.bool();
    case "double":
      return reader.double();
    default:
      return readInteger(reader, name);
  }
}

function readInteger(reader: Reader, name: string): bigint {
  const long = reader.uint64();
  const bits = typeof long === "number" ? BigInt(long) : (BigInt(long.high >>> 0) << 32n) | BigInt(long.low >>> 0);
  const shape = integers[name];
  if (shape === undefined) throw new TypeError(`no reader for ${name}`);
  return shape.signed ? BigInt.asIntN(shape.bits, bits) : BigInt.asUintN(shape.bits, bits);
}
