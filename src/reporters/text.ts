import type { CaseResult, CheckResult } from "../model/verdict.ts";

/** What XML 1.0 and terminals cannot carry is shown as its code point. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ud800-\udfff\ufffe\uffff]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/** One line for a check that did not hold. */
function checkLine(check: CheckResult): string {
  const calls = check.calls.length === 0 ? "" : ` (call ${check.calls.join(", ")})`;
  const message = check.message ?? "did not hold";
  const rule = check.covers.length === 0 || check.covers.some((id) => message.startsWith(id)) ? "" : `${check.level} ${check.covers.join(", ")}: ${check.verb}: `;
  return `${rule}${message} at ${check.at}${calls}`;
}

/** More of one kind tell a reader nothing new. */
const shownPerRequirement = 3;

/** A line for each check that did not hold; of those of one requirement only the first, and how many more there are. */
function breachLines(checks: readonly CheckResult[]): string[] {
  const groups = new Map<string, CheckResult[]>();
  for (const check of checks) {
    if (check.ok !== false) continue;
    const key = check.covers.join(", ");
    groups.set(key, [...(groups.get(key) ?? []), check]);
  }
  return [...groups.values()].flatMap((group) => {
    const more = group.length - shownPerRequirement;
    return [...group.slice(0, shownPerRequirement).map(checkLine), ...(more > 0 ? [`… and ${more} more of the same`] : [])];
  });
}

/** Everything a reader needs to find the rule and the call that broke it. */
export function explain(result: CaseResult): string {
  const broken = breachLines(result.checks);
  const reason = result.reason ?? "";
  const lines = broken.length > 0 && broken.some((line) => line.includes(reason)) ? broken : [reason, ...broken];
  const left = result.leftovers.map((item) => `left behind: ${item}`);
  return [...lines, ...left].filter((line) => line !== "").join("\n");
}

/** Shown in this order everywhere. */
export function countsLine(counts: Readonly<Record<string, number>>): string {
  const order = ["passed", "warned", "failed", "unexpected-pass", "waived", "unsupported", "not-applicable", "blocked", "broken", "not-run"];
  return order.flatMap((verdict) => ((counts[verdict] ?? 0) > 0 ? [`${counts[verdict] ?? 0} ${verdict}`] : [])).join(", ") || "nothing";
}
