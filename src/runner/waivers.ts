/**
 * Waivers: breaches that are known, with a reason. A waived case still runs and must still break the requirement named;
 * its other checks count as ever. A waiver that is out of date is as wrong as a broken check.
 */
import { HarnessError } from "../model/errors.ts";
import type { CaseResult, CheckResult, Level } from "../model/verdict.ts";
import { readYaml } from "../yaml/document.ts";
import { globMatches } from "../model/glob.ts";
import { isBreach } from "../model/level.ts";
import { checkRange, versionInRange } from "./version-range.ts";

export interface Waiver {
  /** Case id or glob. */
  readonly case: string;
  readonly requirement: string;
  /** Range over the runtime's version. */
  readonly versions: string;
  /** The runtime's name as Version tells it; absent: any. */
  readonly runtime?: string;
  /** Only under this runtime handler (as given to `--runtime-handler`); absent: any. */
  readonly handler?: string;
  readonly reason: string;
  readonly owner?: string;
  /** ISO date; the waiver is wrong from that day on. */
  readonly expires?: string;
  /** May pass as well. */
  readonly intermittent?: boolean;
  /** `file:line`. */
  readonly at: string;
}

export interface WaiverTarget {
  readonly runtimeName: string;
  readonly runtimeVersion: string;
  readonly handler: string;
  /** ISO date of today. */
  readonly today: string;
}

const keys = new Set(["case", "requirement", "versions", "runtime", "handler", "reason", "owner", "expires", "intermittent"]);

/** Reads a waiver file; every mistake is an error with its line. */
export function parseWaivers(text: string, file: string): Waiver[] {
  const document = readYaml(text);
  const lineOf = (offset: number): string => `${file}:${document.position(offset).line}`;
  const complaint = document.complaints[0];
  if (complaint !== undefined) throw invalid(`${lineOf(complaint.offset)}: ${complaint.message}`);
  const root = document.value;
  const list = isMapping(root) ? root["waivers"] : undefined;
  if (!Array.isArray(list)) throw invalid(`${file}: there is no list 'waivers'`);
  return list.map((item: unknown, index) => waiverOf(item, lineOf(document.startOf(["waivers", index]))));
}

function waiverOf(item: unknown, at: string): Waiver {
  if (!isMapping(item)) throw invalid(`${at}: a waiver is a mapping`);
  const unknownKey = Object.keys(item).find((key) => !keys.has(key));
  if (unknownKey !== undefined) throw invalid(`${at}: no key '${unknownKey}' in a waiver. There are ${[...keys].join(", ")}`);
  const versions = textOf(item, "versions", at);
  checkRange(versions);
  const intermittent = item["intermittent"];
  if (intermittent !== undefined && typeof intermittent !== "boolean") throw invalid(`${at}: intermittent is true or false`);
  const expires = optionalText(item, "expires", at);
  // Compared as text: any other way to write a date would never come, or have come.
  if (expires !== undefined && (!/^\d{4}-\d{2}-\d{2}$/.test(expires) || Number.isNaN(Date.parse(expires)))) throw invalid(`${at}: expires is a date like 2030-01-31`);
  const runtime = optionalText(item, "runtime", at);
  const handler = optionalText(item, "handler", at);
  const owner = optionalText(item, "owner", at);
  return {
    case: textOf(item, "case", at), requirement: textOf(item, "requirement", at), versions, reason: textOf(item, "reason", at), at,
    ...(runtime === undefined ? {} : { runtime }), ...(handler === undefined ? {} : { handler }), ...(owner === undefined ? {} : { owner }),
    ...(expires === undefined ? {} : { expires }), ...(intermittent === undefined ? {} : { intermittent }),
  };
}

/** The waivers that speak about this target. */
export function waiversFor(waivers: readonly Waiver[], target: WaiverTarget): Waiver[] {
  return waivers.filter((waiver) =>
    (waiver.runtime === undefined || waiver.runtime === target.runtimeName) &&
    (waiver.handler === undefined || waiver.handler === target.handler) &&
    versionInRange(target.runtimeVersion, waiver.versions));
}

/** Whether the waiver is past its last day. */
export function isExpired(waiver: Waiver, today: string): boolean {
  return waiver.expires !== undefined && waiver.expires <= today;
}

/** The verdict of a case in the light of the waivers in force (not expired, for this target); broken checks from `level` on fail it. */
export function applyWaivers(result: CaseResult, waivers: readonly Waiver[], level: Level): CaseResult {
  const mine = waivers.filter((waiver) => globMatches(waiver.case, result.id) && result.requirements.includes(waiver.requirement));
  if (mine.length === 0) return result;
  if (result.verdict === "failed" || result.verdict === "warned") return waiveBreaches(result, mine, level);
  if (result.verdict !== "passed") return result;
  const wrong = mine.find((waiver) => waiver.intermittent !== true);
  if (wrong === undefined) return result;
  return { ...result, verdict: "unexpected-pass", reason: `${wrong.requirement} holds here, but ${wrong.at} waives it: ${wrong.reason}` };
}

function waiveBreaches(result: CaseResult, waivers: readonly Waiver[], level: Level): CaseResult {
  const breaches = result.checks.filter((check) => check.ok === false);
  const waived = (check: CheckResult): boolean => waivers.some((waiver) => check.covers.includes(waiver.requirement));
  const open = breaches.filter((check) => !waived(check));
  if (open.some((check) => isBreach(check, result.verdict === "warned" ? "SHOULD" : level))) return result;
  const useless = waivers.find((waiver) => waiver.intermittent !== true && breaches.length > 0 &&
    !breaches.some((check) => check.covers.includes(waiver.requirement)));
  if (useless !== undefined) {
    return { ...result, verdict: "unexpected-pass", reason: `${useless.requirement} holds here, but ${useless.at} waives it: ${useless.reason}` };
  }
  const used = waivers.filter((waiver) => breaches.length === 0 || breaches.some((check) => check.covers.includes(waiver.requirement)));
  return { ...result, verdict: "waived", reason: `${used.map((waiver) => `${waiver.reason} (${waiver.at})`).join("; ")} — ${result.reason ?? ""}` };
}

/** Expired waivers, and those that match no case of the whole catalog, as results of their own. */
export function wrongWaivers(waivers: readonly Waiver[], today: string, known: (glob: string, requirement: string) => boolean): CaseResult[] {
  return waivers.flatMap((waiver) => {
    if (isExpired(waiver, today)) return [wrong(waiver, `the waiver expired on ${waiver.expires ?? ""}: ${waiver.reason}`)];
    if (!known(waiver.case, waiver.requirement)) return [wrong(waiver, `the waiver matches no case: ${waiver.case} that covers ${waiver.requirement}`)];
    return [];
  });
}

function wrong(waiver: Waiver, reason: string): CaseResult {
  const [file = waiver.at, line = "0"] = waiver.at.split(/:(?=\d+$)/);
  return {
    id: `waiver.${waiver.case}.${waiver.requirement}`, suite: "waivers", about: "A waiver matches a case and is not expired.", file, line: Number(line),
    verdict: "unexpected-pass", reason: `${waiver.at}: ${reason}`, checks: [], requirements: [waiver.requirement], level: "MUST",
    robustness: false, startedMs: 0, durationMs: 0, leftovers: [],
  };
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(item: Record<string, unknown>, key: string, at: string): string {
  const value = optionalText(item, key, at);
  if (value === undefined) throw invalid(`${at}: a waiver needs '${key}'`);
  return value;
}

function optionalText(item: Record<string, unknown>, key: string, at: string): string | undefined {
  const value = item[key];
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.trim() === "") throw invalid(`${at}: '${key}' is a text`);
  return value;
}

function invalid(message: string): HarnessError {
  return new HarnessError("SUITE_INVALID", message, { hint: "Correct the waiver file; docs/verdicts.md has its keys." });
}
