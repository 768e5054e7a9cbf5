/** What others use of CEL: texts are checked when suites are loaded, evaluated over plain objects, and explained when false. */
export { CelError } from "./errors.ts";
export { type Bindings, evaluate } from "./evaluate.ts";
export { explainFalse } from "./explain.ts";
export { merge, pattern } from "./functions.ts";
export { renderTemplate } from "./template.ts";
export { celDuration, compareValues, showValue } from "./values.ts";
