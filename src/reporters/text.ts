import type { CaseResult, CheckResult } from "../model/verdict.ts";

/** What XML 1.0 and terminals cannot carry is shown as its code point. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ud800-\udfff\ufffe\uffff]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`);
}

/** One line for a check that did not hold. */
export function checkLine(check: CheckResult): string {
  const calls = check.calls.length === 0 ? "" : ` (call ${check.calls.join(", ")})`;
  const message = check.message ?? "did not hold";
  const rule = check.covers.some((id) => message.startsWith(id)) ? "" : `${check.level} ${check.covers.join(", ")}: ${check.verb}: `;
  return `${rule}${message} at ${check.at}${calls}`;
}

/** Everything a reader needs to find the rule and the call that broke it. */
export function explain(result: CaseResult): string {
  const broken = result.checks.filter((check) => check.ok === false).map(checkLine);
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
