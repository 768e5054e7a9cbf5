/** Which codes a check accepts. */

export interface Coded {
  readonly code: string;
  readonly fromRuntime: boolean;
}

/** `error` is what the runtime itself sent, save OK and UNIMPLEMENTED; what the client made matches only by name. */
export function accepts(codes: readonly string[] | undefined, coded: Coded): boolean {
  return (codes ?? ["OK"]).some((wanted) => {
    if (wanted === "any") {
      return coded.fromRuntime;
    }
    if (wanted === "error") {
      return coded.fromRuntime && coded.code !== "OK" && coded.code !== "UNIMPLEMENTED";
    }
    return wanted === coded.code;
  });
}
