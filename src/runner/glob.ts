/** Whether a case id fits a glob: `*` any text, `?` one character, everything else itself. */
export function globMatches(glob: string, text: string): boolean {
  const source = glob.split("").map((char) => (char === "*" ? ".*" : char === "?" ? "." : char.replace(/[\\^$.|+()[\]{}]/, "\\$&"))).join("");
  return new RegExp(`^${source}$`, "s").test(text);
}
