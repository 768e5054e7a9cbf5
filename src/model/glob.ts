const known = new Map<string, RegExp>();

/** Whether a case id fits a glob: `*` any text, `?` one character, everything else itself. */
export function globMatches(glob: string, text: string): boolean {
  const pattern = known.get(glob) ?? patternOf(glob);
  known.set(glob, pattern);
  return pattern.test(text);
}

function patternOf(glob: string): RegExp {
  const source = glob.split("").map((char) => (char === "*" ? ".*" : char === "?" ? "." : char.replace(/[\\^$.|+()[\]{}]/, "\\$&"))).join("");
  return new RegExp(`^${source}$`, "s");
}
