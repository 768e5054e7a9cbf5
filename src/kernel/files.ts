/**
 * What the kernel shows as files, under /proc and /sys. They are read at once, not by promises: they come from memory, and a promise for
 * each would cost more than ten times the CPU, taken from the runtime under test.
 */
import { readdirSync, readFileSync } from "node:fs";

/** What a look gives, or undefined when what it is about has gone, or is closed to us: a process that ends while we look at it is no failure. */
export function ifThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** The text of a file, or undefined when what it describes has gone. */
export function readIfThere(path: string): string | undefined {
  return ifThere(() => readFileSync(path, "utf8"));
}

/** The names in a directory, in no order; one that is missing holds nothing. */
export function namesIn(path: string): string[] {
  return ifThere(() => readdirSync(path)) ?? [];
}

/** All process ids of the host, ascending. Throws an Error where there is no /proc: to see nothing is not that there is nothing. */
export function processIds(): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b);
}

/** The first word of a field, as files like `status` list them: `Name:  word …`; undefined where it is not listed. */
export function fieldOf(text: string, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(\\S+)`, "m").exec(text)?.[1];
}

/** The columns of /proc/PID/stat from `state` on, so that column 3 of proc(5) is the first; undefined once the process is gone. */
export function statOf(pid: number): string[] | undefined {
  const text = readIfThere(`/proc/${pid}/stat`);
  // The command in parentheses may hold blanks; what follows does not.
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Where file systems are mounted, as a process sees it; nothing once it is gone. */
export function mountPoints(pid: number | "self" = "self"): string[] {
  return (readIfThere(`/proc/${pid}/mountinfo`) ?? "").split("\n").map((line) => line.split(" ")[4] ?? "").filter((path) => path !== "");
}
