import type { BenchResult } from "../result.ts";
import { fromCritest } from "./critest.ts";
import { fromGhz } from "./ghz.ts";

/** The formats of `criteria import`, by name; each takes the text of a file. */
export const importers: Readonly<Record<string, (text: string) => BenchResult>> = { critest: fromCritest, ghz: fromGhz };
