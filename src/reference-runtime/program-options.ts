/** A wrong command line: exit status 64. */
export class UsageError extends Error {}

/** A subcommand that only a kernel could answer. */
export class NotSimulated extends Error {}

/** `--name value` pairs and flags beside plain arguments, as the probe reads them. */
export class Options {
  readonly rest: string[] = [];
  readonly #values = new Map<string, string[]>();
  readonly #flags = new Set<string>();

  constructor(args: readonly string[], valueNames: readonly string[], flagNames: readonly string[] = []) {
    for (let index = 0; index < args.length; index++) {
      const word = args[index] ?? "";
      const name = word.slice(2);
      if (!word.startsWith("--")) this.rest.push(word);
      else if (flagNames.includes(name)) this.#flags.add(name);
      else if (!valueNames.includes(name)) throw new UsageError(`no option ${word}`);
      else {
        const value = args[++index];
        if (value === undefined) throw new UsageError(`${word} wants a value`);
        this.#values.set(name, [...(this.#values.get(name) ?? []), value]);
      }
    }
  }

  has(name: string): boolean {
    return this.#flags.has(name) || this.#values.has(name);
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  last(name: string, otherwise: string): string {
    return this.#values.get(name)?.at(-1) ?? otherwise;
  }

  number(name: string, otherwise: number): number {
    return wholeNumber(this.last(name, String(otherwise)));
  }

  size(name: string, otherwise: string): number {
    return bytes(this.last(name, otherwise));
  }
}

export function wholeNumber(text: string): number {
  if (!/^-?(\d+|0x[0-9a-f]+)$/i.test(text)) throw new UsageError(`not a number: ${text}`);
  return Number(text);
}

/** `20MiB`, or bytes. */
export function bytes(text: string): number {
  const units: Readonly<Record<string, number>> = { KiB: 1 << 10, MiB: 1 << 20, GiB: 1 << 30 };
  const unit = units[text.slice(-3)];
  return unit === undefined ? wholeNumber(text) : wholeNumber(text.slice(0, -3)) * unit;
}

/** Milliseconds of `1.5` (seconds) or `1m30s`, `500ms`. */
export function milliseconds(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(h|ms|m|s|us|ns))+$/.test(text)) throw new UsageError(`not a duration: ${text}`);
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, ns: 1e-6 };
  return [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|ns)/g)].reduce((sum, match) => sum + Number(match[1]) * (units[match[2] ?? ""] ?? 0), 0);
}

/** The probe's pattern: byte i is i mod 251. */
export function pattern(length: number): Buffer {
  const period = Buffer.from(Array.from({ length: 251 }, (_, index) => index));
  return Buffer.alloc(length, period);
}
