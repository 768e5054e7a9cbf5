import type { Message } from "../cri/message.ts";

/** Readers of decoded messages: what is absent reads as the proto's default. */
export function isMessage(value: unknown): value is Message {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

export function text(message: Message | undefined, field: string): string {
  const value = message?.[field];
  return typeof value === "string" ? value : "";
}

export function integer(message: Message | undefined, field: string): bigint {
  const value = message?.[field];
  if (typeof value === "bigint") return value;
  return typeof value === "number" ? BigInt(value) : 0n;
}

export function flag(message: Message | undefined, field: string): boolean {
  return message?.[field] === true;
}

export function child(message: Message | undefined, field: string): Message | undefined {
  const value = message?.[field];
  return isMessage(value) ? value : undefined;
}

export function list(message: Message | undefined, field: string): readonly unknown[] {
  const value = message?.[field];
  return Array.isArray(value) ? value : [];
}

export function children(message: Message | undefined, field: string): Message[] {
  return list(message, field).filter(isMessage);
}

export function texts(message: Message | undefined, field: string): string[] {
  return list(message, field).filter((value) => typeof value === "string");
}

/** A map<string, string>. */
export function table(message: Message | undefined, field: string): Record<string, string> {
  const entries = Object.entries(child(message, field) ?? {});
  return Object.fromEntries(entries.flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])));
}

/** An enum's name; `fallback` is the name of its value 0, which an absent message stands for. */
export function enumName(message: Message | undefined, field: string, fallback: string): string {
  const value = message?.[field];
  if (typeof value === "string") return value === "" ? fallback : value;
  return typeof value === "bigint" || typeof value === "number" ? String(value) : fallback;
}
